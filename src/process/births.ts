import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Native } from '../native/binding.ts';
import type { Order } from '../protocol/assignment.ts';
import type { MoldMessage } from '../protocol/messages.ts';
import { requireDescriptors } from './descriptors.ts';
import type { ForkedWorkers } from './forked-workers.ts';
import type { Mold } from './mold.ts';
import type { Molds } from './molds.ts';
import { sendSignal } from './orphans.ts';
import type { Emit } from './spawner.ts';
import { openWorkerChannel, readWorker } from './worker-channel.ts';

const LOST = 'the mold died while it forked';

interface Options {
  native: Native;
  emit: Emit;
  /** This process's limit of open file descriptors. */
  descriptors: number;
  /** Receives each worker once its pid is known. */
  workers: ForkedWorkers;
  /** Whether a pid belongs to a child of this process that is neither a known worker nor a mold. */
  isNewChild: (pid: number) => boolean;
  /** A birth has ended, so its mold can fork the next worker. */
  onEnd: (molds: Molds) => void;
}

interface Birth {
  readonly workerId: number;
  readonly molds: Molds;
  readonly mold: Mold;
  /** The supervisor's end of the worker's status channel. */
  readonly channel: Socket;
  /** Signals to deliver once the pid is known, in order. */
  readonly owed: NodeJS.Signals[];
  moldExited: boolean;
  /** `start-failed` was emitted. If the worker reports its pid after all, it is killed. */
  givenUp: boolean;
}

/** Workers that a mold was told to fork, and whose pids are not known yet. */
export class Births {
  readonly #options: Options;
  readonly #pending = new Map<number, Birth>();

  constructor(options: Options) {
    this.#options = options;
  }

  get areUnderWay(): boolean {
    return this.#pending.size > 0;
  }

  /** Tells a mold to fork a worker. Leads to `forking` and `started`, or to `start-failed`. */
  begin(molds: Molds, mold: Mold, order: Order): void {
    const { emit } = this.#options;
    const { workerId } = order;
    let channel: Socket;
    try {
      channel = this.#tell(mold, order);
    } catch (error) {
      emit({
        type: 'start-failed',
        workerId,
        reason: isGone(error as NodeJS.ErrnoException) ? LOST : (error as Error).message,
      });
      return;
    }
    const birth: Birth = { workerId, molds, mold, channel, owed: [], moldExited: false, givenUp: false };
    this.#pending.set(workerId, birth);
    readWorker(channel, workerId, {
      onMessage: (message) => emit({ type: 'message', message }),
      onForked: (pid) => this.#forked(birth, pid),
    });
    // No process holds the other end any more. While the mold is alive, its own answer decides.
    channel.once('close', () => {
      if (birth.moldExited) this.#lost(birth);
    });
    emit({ type: 'forking', workerId });
  }

  heard(mold: Mold, message: Extract<MoldMessage, { type: 'forked' | 'fork-failed' }>): void {
    const birth = this.#pending.get(message.workerId);
    if (birth?.mold !== mold) return;
    if (message.type === 'forked') this.#forked(birth, message.pid);
    else this.#failed(birth, message.reason);
  }

  moldExited(mold: Mold): void {
    for (const birth of this.#pending.values()) {
      if (birth.mold !== mold) continue;
      birth.moldExited = true;
      // If the fork happened, the copy holds the other end of the channel and is about to report its pid.
      if (birth.channel.destroyed || birth.owed.includes('SIGKILL')) this.#lost(birth);
    }
  }

  /**
   * Delivers the signal once the pid is known. KILL does not wait for that: it kills the mold.
   *
   * @returns false if this worker is not being forked
   */
  signal(workerId: number, signal: NodeJS.Signals): boolean {
    const birth = this.#pending.get(workerId);
    if (!birth) return false;
    birth.owed.push(signal);
    if (signal === 'SIGKILL') {
      if (birth.moldExited) this.#lost(birth);
      else birth.mold.kill();
    }
    return true;
  }

  /** @throws EMFILE, ENFILE if no channel can be opened; EPIPE if the mold has exited; … */
  #tell(mold: Mold, order: Order): Socket {
    const { native, descriptors } = this.#options;
    requireDescriptors(descriptors);
    const { ours, theirs } = openWorkerChannel(native);
    try {
      mold.fork(order, theirs);
      return ours;
    } catch (error) {
      ours.destroy();
      throw error;
    } finally {
      closeSync(theirs);
    }
  }

  /** Both the mold and the worker report the pid. The first report counts. */
  #forked(birth: Birth, pid: number): void {
    const { workers, isNewChild } = this.#options;
    const { workerId, channel, owed, molds } = birth;
    if (!isNewChild(pid)) return;
    if (!this.#end(birth)) {
      if (birth.givenUp) sendSignal(pid, 'SIGKILL');
      return;
    }
    workers.add(workerId, { pid, channel });
    for (const signal of owed) workers.signal(workerId, signal);
    this.#options.onEnd(molds);
  }

  #lost(birth: Birth): void {
    this.#failed(birth, LOST);
  }

  #failed(birth: Birth, reason: string): void {
    if (!this.#end(birth)) return;
    birth.givenUp = true;
    this.#options.emit({ type: 'start-failed', workerId: birth.workerId, reason });
    this.#options.onEnd(birth.molds);
  }

  /** @returns false if it had already ended */
  #end({ workerId, mold }: Birth): boolean {
    if (mold.forking === workerId) mold.forking = undefined;
    return this.#pending.delete(workerId);
  }
}

/** Whether the mold has died, although its exit has not been reported yet. */
function isGone({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'ECONNRESET';
}
