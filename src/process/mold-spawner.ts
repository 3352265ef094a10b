import type { Native } from '../native/binding.ts';
import type { MoldAssignment } from '../protocol/assignment.ts';
import { isWorkerMessage, type Message } from '../protocol/messages.ts';
import { Mold, type Outcome } from './mold.ts';
import { Molds } from './molds.ts';
import type { HeapLimits } from './node-flags.ts';
import type { FindRelease, Release } from './release.ts';
import type { SharedPort } from './shared-port.ts';
import type { Emit, Exit, Order, Spawner } from './spawner.ts';

/** The longest that a mold may take to leave when it is told to, milliseconds. */
const CLOSE_TIMEOUT = 1000;

interface Options {
  native: Native;
  /** Of the first generation. */
  release: Release;
  findRelease: FindRelease;
  /** What the molds of all generations have in common. */
  common: Omit<MoldAssignment, 'modules'>;
  heap: HeapLimits;
  emit: Emit;
  port: SharedPort | undefined;
}

/**
 * Fork mode: workers are copies of a mold that has loaded what they share. They are children of this process all the
 * same, so a mold that dies takes nobody with it; another is made when a worker is to be started.
 */
export class MoldSpawner implements Spawner {
  readonly #options: Options;
  readonly #native: Native;
  readonly #emit: Emit;
  /** Those of which a mold is, or may yet be, alive. */
  readonly #generations = new Map<number, Molds>();
  /** The one that was to be prepared last, unless it has been retired. */
  #wanted: number | undefined;
  #closing = false;

  /** Workers that a mold was told to fork, and that nobody has heard of yet. */
  readonly #forking = new Map<number, Mold>();
  /** Signals that came before a worker was heard of, in order. */
  readonly #owed = new Map<number, NodeJS.Signals[]>();
  /** Running workers, and their pids. None was reaped, so none of these pids is anybody else's. */
  readonly #pids = new Map<number, number>();
  readonly #reap = () => this.#reapAll();

  constructor(options: Options) {
    const { native, emit, release } = options;
    this.#options = options;
    this.#native = native;
    this.#emit = emit;
    this.#add(1, release);
    // A copy cannot have the rings of its mold. Where it cannot make its own either, there are to be none.
    if (!native.ringsAreRenewable()) native.forbidRings();
    native.adoptOrphans();
    process.on('SIGCHLD', this.#reap);
  }

  /** Starts the first mold, and says what became of it. */
  preload(): Promise<Outcome> {
    return this.#moldsOf(1).prepare();
  }

  start(order: Order): void {
    const molds = this.#moldsOf(order.generation);
    if (molds.ready) {
      this.#fork(molds.ready, order);
      return;
    }
    molds.waiting.set(order.worker, order);
    // It answers all who wait by then.
    if (molds.waiting.size === 1) void molds.prepare().then((outcome) => this.#prepared(molds, outcome));
  }

  prepare(generation: number): void {
    this.#wanted = generation;
    void this.#prepare(generation);
  }

  retire(generation: number): void {
    if (this.#wanted === generation) this.#wanted = undefined;
    this.#generations.get(generation)?.retire();
    this.#forget(generation);
  }

  signal(worker: number, signal: NodeJS.Signals): void {
    const pid = this.#pids.get(worker);
    if (pid !== undefined) {
      process.kill(pid, signal);
    } else if (this.#forking.has(worker)) {
      this.#owed.set(worker, [...(this.#owed.get(worker) ?? []), signal]);
    } else {
      this.#giveUp(worker, signal);
    }
  }

  /** The molds would keep the port open, so they leave. */
  finish(): void {
    const { port } = this.#options;
    if (!port) return;
    this.#closing = true;
    port.close();
    for (const molds of this.#generations.values()) molds.retire();
  }

  own(): number[] {
    return [...this.#generations.values()].flatMap(({ pids }) => pids);
  }

  async close(): Promise<void> {
    this.#closing = true;
    const generations = [...this.#generations.values()];
    const left = Promise.all(generations.map(({ exited }) => exited));
    for (const molds of generations) molds.retire();
    const timer = setTimeout(() => {
      for (const molds of generations) molds.kill();
    }, CLOSE_TIMEOUT);
    await left;
    clearTimeout(timer);
    this.#options.port?.remove();
    process.off('SIGCHLD', this.#reap);
  }

  #add(generation: number, { directory, modules }: Release): Molds {
    const { common, heap, port } = this.#options;
    const molds = new Molds({
      assignment: { ...common, modules },
      make: (assignment) => new Mold(assignment, directory, heap, (message) => this.#heard(message), port),
      onExit: (mold, exit, lost) => {
        this.#forget(generation);
        this.#moldExited(mold, exit, lost);
      },
    });
    this.#generations.set(generation, molds);
    return molds;
  }

  #forget(generation: number): void {
    if (this.#generations.get(generation)?.isOver) this.#generations.delete(generation);
  }

  #moldsOf(generation: number): Molds {
    const molds = this.#generations.get(generation);
    if (!molds) throw new Error(`there is no generation ${generation}: this is a bug in swarm`);
    return molds;
  }

  async #prepare(generation: number): Promise<void> {
    let release: Release;
    try {
      release = await this.#options.findRelease();
    } catch (error) {
      this.#emit({ type: 'unprepared', generation, reason: (error as Error).message, failure: undefined });
      return;
    }
    if (this.#wanted !== generation || this.#closing) return;
    const outcome = await this.#add(generation, release).prepare();
    if (outcome.type === 'preloaded') {
      this.#emit(outcome);
      this.#emit({ type: 'prepared', generation });
    } else {
      const failure = outcome.type === 'preload-failed' ? outcome.failure : undefined;
      this.#emit({ type: 'unprepared', generation, reason: describeOutcome(outcome), failure });
    }
  }

  /** A worker that waits for a mold: it never comes to be, and ends as if it had. */
  #giveUp(worker: number, signal: NodeJS.Signals): void {
    for (const molds of this.#generations.values()) {
      if (!molds.waiting.delete(worker)) continue;
      this.#emit({ type: 'exited', worker, exit: { code: null, signal } });
      if (molds.waiting.size === 0) molds.kill();
    }
  }

  #prepared(molds: Molds, outcome: Outcome): void {
    const waiting = [...molds.waiting.values()];
    molds.waiting.clear();
    if (outcome.type === 'preloaded' && waiting.length > 0) this.#emit(outcome);
    for (const order of waiting) {
      if (molds.ready) this.#fork(molds.ready, order);
      else this.#emit({ type: 'start-failed', worker: order.worker, reason: describeOutcome(outcome) });
    }
    if (molds.isRetired) molds.retire();
  }

  #fork(mold: Mold, order: Order): void {
    this.#forking.set(order.worker, mold);
    mold.fork(order);
  }

  #heard(message: Message): void {
    if (isWorkerMessage(message)) {
      this.#emit({ type: 'message', message });
    } else if (message.type === 'forked') {
      this.#forked(message.worker, message.pid);
    } else if (message.type === 'fork-failed') {
      const { worker, reason } = message;
      if (!this.#forking.delete(worker)) return;
      this.#owed.delete(worker);
      this.#emit({ type: 'start-failed', worker, reason });
    } else if (message.type === 'left-out' || message.type === 'risky') {
      this.#emit(message);
    }
  }

  /** The mold and the worker both say it: the first word counts. */
  #forked(worker: number, pid: number): void {
    if (this.#pids.has(worker)) return;
    if (!this.#forking.delete(worker)) {
      this.#disown(pid);
      return;
    }
    this.#pids.set(worker, pid);
    this.#emit({ type: 'started', worker, pid });
    const owed = this.#owed.get(worker) ?? [];
    this.#owed.delete(worker);
    for (const signal of owed) this.signal(worker, signal);
    // It may have ended before anybody knew its pid, and then no other signal tells.
    this.#reapAll();
  }

  /** Its mold died when it had just been forked, and it was given up: another may be running in its slot by now. */
  #disown(pid: number): void {
    if ([...this.#pids.values()].includes(pid)) return;
    try {
      // Only a child of ours that was not reaped has this pid for certain.
      if (this.#native.reap(pid) === undefined) process.kill(pid, 'SIGKILL');
    } catch {
      // It has been reaped: it had said so twice.
    }
  }

  #reapAll(): void {
    for (const [worker, pid] of this.#pids) this.#reapWorker(worker, pid);
    // An unknown child may be a worker of which nobody has told yet.
    if (this.#forking.size > 0) return;
    this.#native.reapOrphans([...this.#pids.values(), ...this.own()]);
  }

  #reapWorker(worker: number, pid: number): void {
    const ending = this.#native.reap(pid);
    if (!ending) return;
    this.#pids.delete(worker);
    // Its last words may be unread: see ExecSpawner.
    setImmediate(() => setImmediate(() => this.#emit({ type: 'exited', worker, exit: ending })));
  }

  #moldExited(mold: Mold, exit: Exit, lost: boolean): void {
    if (lost && !this.#closing) this.#emit({ type: 'mold-exited', exit });
    for (const [worker, by] of this.#forking) {
      if (by !== mold) continue;
      this.#forking.delete(worker);
      this.#owed.delete(worker);
      this.#emit({ type: 'start-failed', worker, reason: 'the mold died while it forked' });
    }
    this.#reapAll();
  }
}

/** Why there is no mold, as half a sentence. */
export function describeOutcome(outcome: Outcome): string {
  switch (outcome.type) {
    case 'preloaded':
      return 'it is ready';
    case 'spoiled':
      return `${outcome.packages.join(', ')} cannot be shared and cannot be left out`;
    case 'preload-failed':
      return `preloading ${outcome.failure.module} failed: ${outcome.failure.message}`;
    case 'unfit':
      return outcome.reason;
    case 'exited':
      return `the mold ended with ${outcome.exit.signal ?? `status ${outcome.exit.code}`} while it preloaded ${outcome.preloading ?? 'nothing yet'}`;
  }
}
