import { closeSync } from 'node:fs';
import { isIP, type Server, Socket } from 'node:net';
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import type { Native } from '../native/binding.ts';
import type { InheritedPort } from '../protocol/assignment.ts';

/** What comes of listening: a descriptor for a server, an error for it to emit, or nothing: Node is to do it by itself. */
export type Taken = { fd: number } | { error: Error } | undefined;

/** The sockets that all workers have in common, in one of them. */
export class SharedSockets {
  readonly #native: Native;
  readonly #port: number;
  /** With the server that listens on it here, or was the last to do so. */
  readonly #sockets: { version: 4 | 6; fd: number; server?: Server }[];

  constructor(native: Native, { number, sockets, lifeline }: InheritedPort) {
    this.#native = native;
    this.#port = number;
    this.#sockets = sockets.map((socket) => ({ ...socket }));
    if (lifeline !== undefined) whenEnded(lifeline, () => this.#letGo());
  }

  /** @param address undefined: all, as Node understands it: of IPv6 and IPv4, or of IPv4 where there is no IPv6 */
  take(server: Server, address: string | undefined, v6Only: boolean): Taken {
    if (address !== undefined) return this.#take(server, address, v6Only);
    const taken = this.#has(6) ? this.#take(server, '::', v6Only) : undefined;
    const isUnavailable = taken === undefined ? !this.#has(6) : 'error' in taken && !isInUse(taken.error);
    return isUnavailable ? this.#take(server, '0.0.0.0', v6Only) : taken;
  }

  #has(version: number): boolean {
    return this.#sockets.some((socket) => socket.version === version);
  }

  #take(server: Server, address: string, v6Only: boolean): Taken {
    const socket = this.#sockets.find(({ version }) => version === isIP(address));
    if (!socket) return undefined;
    try {
      // It was given another address: the first that a worker has asked for.
      if (!this.#native.bindSocket(socket.fd, address, this.#port, v6Only)) return undefined;
      if (socket.server?.listening) return { error: listenError(-constants.errno.EADDRINUSE, address, this.#port) };
      const fd = this.#native.duplicate(socket.fd);
      socket.server = server;
      return { fd };
    } catch (error) {
      return { error: listenError((error as NodeJS.ErrnoException).errno ?? 0, address, this.#port) };
    }
  }

  /** What a server still listens on is a descriptor of its own, which it closes itself. */
  #letGo(): void {
    for (const { fd } of this.#sockets.splice(0)) closeSync(fd);
  }
}

/** In Node's words, with Node's properties. */
function listenError(errno: number, address: string, port: number): Error {
  const [code, text] = getSystemErrorMap().get(errno) ?? [`errno ${errno}`, 'unknown error'];
  const error = new Error(`listen ${code}: ${text} ${address}:${port}`);
  return Object.assign(error, { code, errno, syscall: 'listen', address, port });
}

function isInUse(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EADDRINUSE';
}

/** When the other end of a pipe has been closed by all who had it. */
function whenEnded(fd: number, listener: () => void): void {
  const pipe = new Socket({ fd, readable: true, writable: false });
  pipe.unref();
  pipe.resume();
  pipe.on('error', () => {});
  pipe.once('close', listener);
}
