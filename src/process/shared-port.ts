import { closeSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Native, SocketFamily } from '../native/binding.ts';
import type { InheritedPort } from '../protocol/assignment.ts';

/** Workers may listen on this many addresses of each family and share all of them. Most use one, some use two. */
const ADDRESSES = 4;

/**
 * The port that all workers listen on. Its sockets are made here, before there are workers, and inherited by all of
 * them; the worker that listens on an address first gives it to a socket. So there is one queue of connections for each
 * address. It outlives each worker: what waits in it when one goes is answered by the others, or by the next.
 */
export class SharedPort {
  readonly #port: number | string;
  /** Of a Unix socket. Absolute, because the working directory may change. */
  readonly #path: string | undefined;
  readonly #native: Native | undefined;
  #sockets: { family: SocketFamily; fd: number }[] = [];
  /** Nothing is ever written to it. When its other end is closed, workers let go of the sockets as well. */
  #lifeline: { readEnd: number; writeEnd: number } | undefined;
  #hasFile = false;

  /**
   * @param port a number, or the path of a Unix socket
   * @param native without it workers get the port alone, and must do with what their Node can
   */
  constructor(port: number | string, native: Native | undefined) {
    this.#port = port;
    this.#path = typeof port === 'string' ? resolve(port) : undefined;
    this.#native = native;
    if (!native) return;
    this.#sockets = typeof port === 'string' ? open(native, 'Unix', 1) : openFamilies(native);
    this.#lifeline = native.openPipe();
  }

  /** What a process inherits, as the rest of its `stdio`. */
  get stdio(): number[] {
    return this.#lifeline ? [this.#lifeline.readEnd, ...this.#sockets.map(({ fd }) => fd)] : [];
  }

  /** What that is for a process in which it begins at this descriptor. */
  inheritedAt(first: number): InheritedPort {
    const sockets = this.#sockets.map(({ family }, position) => ({ family, fd: first + 1 + position }));
    return { port: this.#port, sockets, ...(this.#lifeline && { lifeline: first }) };
  }

  /** No worker will be started that could answer what waits. When the workers have closed the port, connections are refused. */
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

  /** All workers are gone. The file of a Unix socket is left for them until then, because any of them may still listen. */
  remove(): void {
    this.close();
    if (this.#hasFile && this.#path !== undefined) rmSync(this.#path, { force: true });
  }
}

function openFamilies(native: Native): { family: SocketFamily; fd: number }[] {
  return [...open(native, 'IPv6', ADDRESSES), ...open(native, 'IPv4', ADDRESSES)];
}

/** None where the kernel has no such addresses. */
function open(native: Native, family: SocketFamily, count: number): { family: SocketFamily; fd: number }[] {
  try {
    return Array.from({ length: count }, () => ({ family, fd: native.openSocket(family) }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAFNOSUPPORT') return [];
    throw error;
  }
}

/** What PORT says, as listen() understands it: a port, or else a path. Port 0 is another one for each worker. */
export function sharedPort(text: string | undefined, native: Native | undefined): SharedPort | undefined {
  if (!text) return undefined;
  const number = Number(text);
  if (Number.isNaN(number)) return new SharedPort(text, native);
  return Number.isInteger(number) && number > 0 && number <= 65_535 ? new SharedPort(number, native) : undefined;
}
