import { closeSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Native, SocketFamily } from '../native/binding.ts';
import type { InheritedPort } from '../protocol/assignment.ts';

/** How many addresses of each family workers can listen on and share. Most use one, some use two. */
const ADDRESSES = 4;

/**
 * The port that all workers listen on. Its sockets are created here, before any worker, and all workers inherit them.
 * The first worker that listens on an address binds a socket to it. So each address has one queue of connections, which
 * outlives every worker: connections left waiting by one worker are answered by the others, or by the next one.
 */
export class SharedPort {
  readonly #port: number | string;
  /** Path of a Unix socket. Absolute, because the working directory may change. */
  readonly #path: string | undefined;
  readonly #native: Native | undefined;
  #sockets: { family: SocketFamily; fd: number }[] = [];
  /** A pipe that nothing writes to. Workers inherit its read end, and close the sockets once its write end closes. */
  #lifeline: { readEnd: number; writeEnd: number } | undefined;
  #hasFile = false;

  /**
   * @param port a number, or the path of a Unix socket
   * @param native if undefined, workers inherit no sockets, and share the port as far as their Node can
   */
  constructor(port: number | string, native: Native | undefined) {
    this.#port = port;
    this.#path = typeof port === 'string' ? resolve(port) : undefined;
    this.#native = native;
    if (!native) return;
    this.#sockets = typeof port === 'string' ? open(native, 'Unix', 1) : openFamilies(native);
    this.#lifeline = native.openPipe();
  }

  /** Descriptors that a child inherits, to append to its `stdio`. */
  get stdio(): number[] {
    return this.#lifeline ? [this.#lifeline.readEnd, ...this.#sockets.map(({ fd }) => fd)] : [];
  }

  /** Describes these descriptors to a child in which they begin at `first`. */
  inheritedAt(first: number): InheritedPort {
    const sockets = this.#sockets.map(({ family }, position) => ({ family, fd: first + 1 + position }));
    return { port: this.#port, sockets, ...(this.#lifeline && { lifeline: first }) };
  }

  /** No more workers will be started. Once the workers have closed the sockets too, connections are refused. */
  close(): void {
    for (const { family, fd } of this.#sockets.splice(0)) {
      if (family === 'Unix') this.#hasFile = this.#native?.hasFile(fd) === true;
      closeSync(fd);
    }
    if (!this.#lifeline) return;
    closeSync(this.#lifeline.readEnd);
    closeSync(this.#lifeline.writeEnd);
    this.#lifeline = undefined;
  }

  /** Also removes the file of a Unix socket, once all workers have exited: until then, any of them may still listen. */
  remove(): void {
    this.close();
    if (this.#hasFile && this.#path !== undefined) rmSync(this.#path, { force: true });
  }
}

function openFamilies(native: Native): { family: SocketFamily; fd: number }[] {
  return [...open(native, 'IPv6', ADDRESSES), ...open(native, 'IPv4', ADDRESSES)];
}

/** Returns no sockets if the kernel lacks this address family. */
function open(native: Native, family: SocketFamily, count: number): { family: SocketFamily; fd: number }[] {
  try {
    return Array.from({ length: count }, () => ({ family, fd: native.openSocket(family) }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAFNOSUPPORT') return [];
    throw error;
  }
}

/** Reads PORT as listen() does: as a port, or else as a path. Port 0 is not shared: each worker gets its own port. */
export function sharedPort(text: string | undefined, native: Native | undefined): SharedPort | undefined {
  if (!text) return undefined;
  const number = Number(text);
  if (Number.isNaN(number)) return new SharedPort(text, native);
  return Number.isInteger(number) && number > 0 && number <= 65_535 ? new SharedPort(number, native) : undefined;
}
