import { closeSync, existsSync } from 'node:fs';
import { isIP, type Server, Socket } from 'node:net';
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import type { Native, SocketFamily } from '../../native/binding.ts';
import type { InheritedPort } from '../../protocol/assignment.ts';

/** A file descriptor for the server, or an error for it to emit; undefined if Node must listen as usual. */
export type Taken = { fd: number; address: string } | { error: Error } | undefined;

interface SharedSocket {
  readonly family: SocketFamily;
  readonly fd: number;
  /** The server of this worker that listens on it, or did last. */
  server?: Server;
}

/** The sockets that all workers share, as one worker uses them. */
export class SharedSockets {
  readonly #native: Native;
  readonly #sockets: SharedSocket[];
  /** Servers by address, for addresses that got none of the shared sockets. */
  readonly #others = new Map<string, Server>();

  constructor(native: Native, { sockets, lifeline }: InheritedPort) {
    this.#native = native;
    this.#sockets = sockets.map((socket) => ({ ...socket }));
    if (lifeline !== undefined) whenEnded(lifeline, () => this.#letGo());
  }

  /** @param address null means all addresses, as in Node: IPv6 and IPv4, or only IPv4 if IPv6 is unavailable */
  take(server: Server, address: string | null, port: number, v6Only: boolean): Taken {
    if (address !== null) return this.#take(server, address, port, v6Only);
    const taken = this.#take(server, '::', port, v6Only);
    const isUnavailable = taken === undefined || ('error' in taken && !isInUse(taken.error));
    return isUnavailable ? this.#take(server, '0.0.0.0', port, v6Only) : taken;
  }

  takePath(server: Server, path: string): Taken {
    const [socket] = this.#sockets;
    if (!socket) return undefined;
    return attempt(path, -1, () => {
      if (!this.#native.bindPath(socket.fd, path)) return undefined;
      // The application removed the file, as many do before they listen. Clients can no longer reach the shared socket.
      if (!path.startsWith('\0') && !existsSync(path)) return undefined;
      return this.#lend(socket, server, path, -1);
    });
  }

  #take(server: Server, address: string, port: number, v6Only: boolean): Taken {
    const family = isIP(address) === 6 ? 'IPv6' : 'IPv4';
    const sockets = this.#sockets.filter((socket) => socket.family === family);
    if (sockets.length === 0) return undefined;
    return attempt(address, port, () => {
      // All workers try the sockets in the same order, and a bound socket keeps its address, so they find the same one.
      // If two workers request different addresses simultaneously, one gets this socket, and the other tries the next.
      const socket = this.#bind(sockets, address, port, v6Only);
      return socket ? this.#lend(socket, server, address, port) : this.#open(family, server, address, port, v6Only);
    });
  }

  /**
   * Binds a socket to this address, or finds the one already bound to it. Returns undefined if all sockets have other
   * addresses.
   *
   * Some programs listen on one address after another to find out whether the port is free (get-port, detect-port), and
   * then on the one that they want. A socket that they close stays bound, for the other workers. If a socket bound to
   * all addresses prevents a bind to a specific one, it serves that address, too.
   */
  #bind(sockets: readonly SharedSocket[], address: string, port: number, v6Only: boolean): SharedSocket | undefined {
    try {
      return sockets.find(({ fd }) => this.#native.bindSocket(fd, address, port, v6Only));
    } catch (error) {
      const bound = isInUse(error as Error) ? this.#sockets.find((each) => this.#overlaps(each, address)) : undefined;
      if (!bound) throw error;
      return bound;
    }
  }

  #overlaps({ family, fd }: SharedSocket, address: string): boolean {
    const bound = family === 'Unix' ? undefined : this.#native.addressOf(fd);
    return bound !== undefined && (bound === address || isWildcard(bound));
  }

  #lend(socket: SharedSocket, server: Server, address: string, port: number): Taken {
    if (socket.server?.listening) return { error: listenError('EADDRINUSE', address, port) };
    const fd = this.#native.duplicate(socket.fd);
    socket.server = server;
    return { fd, address };
  }

  /** Opens a socket that is this worker's alone. Closing it loses the connections in its queue. */
  #open(family: SocketFamily, server: Server, address: string, port: number, v6Only: boolean): Taken {
    if (this.#others.get(address)?.listening) return { error: listenError('EADDRINUSE', address, port) };
    const fd = this.#native.openSocket(family, true);
    try {
      this.#native.bindSocket(fd, address, port, v6Only);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    this.#others.set(address, server);
    return { fd, address };
  }

  /** Closes the shared sockets. A server that still listens has a duplicate of the descriptor, and closes it itself. */
  #letGo(): void {
    for (const { fd } of this.#sockets.splice(0)) closeSync(fd);
  }
}

function isWildcard(address: string): boolean {
  return address === '::' || address === '0.0.0.0';
}

function attempt(address: string, port: number, work: () => Taken): Taken {
  try {
    return work();
  } catch (error) {
    return { error: listenError((error as NodeJS.ErrnoException).code ?? '', address, port) };
  }
}

/** Creates the error that Node would, with the same message and properties. */
export function listenError(code: string, address: string, port: number): Error {
  const errno = -(constants.errno[code as keyof typeof constants.errno] ?? 0);
  const [, text] = getSystemErrorMap().get(errno) ?? [code, 'unknown error'];
  const place = port > 0 ? `${address}:${port}` : address;
  const error = new Error(`listen ${code}: ${text} ${place}`);
  return Object.assign(error, { code, errno, syscall: 'listen', address, port });
}

function isInUse(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EADDRINUSE';
}

/** Calls the listener when every process has closed the other end of the pipe. */
function whenEnded(fd: number, listener: () => void): void {
  const pipe = new Socket({ fd, readable: true, writable: false });
  pipe.unref();
  pipe.resume();
  pipe.on('error', () => {});
  pipe.once('close', listener);
}
