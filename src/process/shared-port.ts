import { closeSync } from 'node:fs';
import type { Native } from '../native/binding.ts';
import type { InheritedPort } from '../protocol/assignment.ts';

const VERSIONS = [6, 4] as const;

/**
 * The port that all workers listen on. Its sockets are made here, before there are workers, and inherited by all of
 * them; whoever listens first gives them their address. So there is one queue of connections. It outlives each worker: what
 * waits in it when one goes is answered by the others, or by the next.
 */
export class SharedPort {
  readonly #number: number;
  #sockets: { version: 4 | 6; fd: number }[] = [];
  /** Nothing is ever written to it. When its other end is closed, workers let go of the sockets as well. */
  #lifeline: { readEnd: number; writeEnd: number } | undefined;

  /** @param native without it workers get the number alone, and must do with what their Node can */
  constructor(number: number, native: Native | undefined) {
    this.#number = number;
    if (!native) return;
    this.#sockets = VERSIONS.flatMap((version) => {
      const fd = open(native, version);
      return fd === undefined ? [] : [{ version, fd }];
    });
    this.#lifeline = native.openPipe();
  }

  /** What a process is to inherit, as the rest of its `stdio`. */
  get stdio(): number[] {
    return this.#lifeline ? [this.#lifeline.readEnd, ...this.#sockets.map(({ fd }) => fd)] : [];
  }

  /** What that is for a process in which it begins at this descriptor. */
  inheritedAt(first: number): InheritedPort {
    const sockets = this.#sockets.map(({ version }, position) => ({ version, fd: first + 1 + position }));
    return { number: this.#number, sockets, ...(this.#lifeline && { lifeline: first }) };
  }

  /** Nobody will be started who could answer what waits. When the workers have closed the port, connections are refused. */
  close(): void {
    for (const { fd } of this.#sockets.splice(0)) closeSync(fd);
    if (!this.#lifeline) return;
    closeSync(this.#lifeline.readEnd);
    closeSync(this.#lifeline.writeEnd);
    this.#lifeline = undefined;
  }
}

/** Undefined where the kernel has no such addresses. */
function open(native: Native, version: 4 | 6): number | undefined {
  try {
    return native.openSocket(version);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAFNOSUPPORT') return undefined;
    throw error;
  }
}

/** What PORT says, if it is a port. What else an application may take it for is its own affair. */
export function sharedPort(text: string | undefined, native: Native | undefined): SharedPort | undefined {
  const number = Number(text || 0);
  return Number.isInteger(number) && number > 0 && number <= 65_535 ? new SharedPort(number, native) : undefined;
}
