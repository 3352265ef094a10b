import type { Socket } from 'node:net';
import type { Native } from '../native/binding.ts';
import { afterLastWords } from './node.ts';
import { sendSignal } from './orphans.ts';
import type { Emit, Exit } from './spawner.ts';

interface Running {
  readonly pid: number;
  readonly channel: Socket;
}

/** Running workers in fork mode: children unknown to Node. None has been reaped, so none of their pids was reused. */
export class ForkedWorkers {
  readonly #native: Native;
  readonly #emit: Emit;
  readonly #running = new Map<number, Running>();

  constructor(native: Native, emit: Emit) {
    this.#native = native;
    this.#emit = emit;
  }

  get pids(): number[] {
    return [...this.#running.values()].map(({ pid }) => pid);
  }

  add(workerId: number, running: Running): void {
    this.#running.set(workerId, running);
    this.#emit({ type: 'started', workerId, pid: running.pid });
  }

  /** @returns false if there is no such worker */
  signal(workerId: number, signal: NodeJS.Signals): boolean {
    const running = this.#running.get(workerId);
    if (running) sendSignal(running.pid, signal);
    return running !== undefined;
  }

  /** Reaps workers that have exited. Needs neither a descriptor nor /proc. */
  reap(): void {
    for (const [workerId, { pid, channel }] of this.#running) {
      const exit = this.#reapOne(pid);
      if (!exit) continue;
      this.#running.delete(workerId);
      afterLastWords(() => {
        channel.destroy();
        this.#emit({ type: 'exited', workerId, exit });
      });
    }
  }

  #reapOne(pid: number): Exit | undefined {
    try {
      return this.#native.reap(pid);
    } catch {
      // ECHILD: other code in this process reaped it, so its exit status is lost.
      return { code: 1, signal: null };
    }
  }
}
