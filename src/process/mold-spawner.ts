import type { Native } from '../native/binding.ts';
import type { MoldAssignment, Order } from '../protocol/assignment.ts';
import type { NodeOptions } from '../protocol/invocation.ts';
import type { MoldMessage } from '../protocol/messages.ts';
import { Births } from './births.ts';
import { ForkedWorkers } from './forked-workers.ts';
import { describeMoldOutcome, Mold, type MoldOutcome } from './mold.ts';
import { Molds } from './molds.ts';
import type { HeapLimits } from './node-flags.ts';
import { Orphans } from './orphans.ts';
import { describeMissing, type Release, type Releases } from './release.ts';
import type { SharedPort } from './shared-port.ts';
import type { Emit, Exit, GenerationUnprepared, MoldEvent, Spawner } from './spawner.ts';

/** Whether a mold's message is only meant for the log. */
function isRemark(message: MoldMessage): message is Extract<MoldMessage, MoldEvent> {
  return ['left-out', 'skipped', 'unsafe', 'unseen', 'cold'].includes(message.type);
}

/** pid_t is a signed 32-bit integer. */
const MAX_PID = 2 ** 31 - 1;

interface Options {
  native: Native;
  releases: Releases;
  /** What the molds of all generations have in common. */
  assignment: Omit<MoldAssignment, 'modules'>;
  /** Node options for molds. */
  options: NodeOptions;
  heap: HeapLimits;
  emit: Emit;
  port: SharedPort | undefined;
  /** This process's limit of open file descriptors. */
  descriptors: number;
}

/**
 * Fork mode: workers are copies of a mold, which has loaded what they share. They are still children of this process,
 * so a mold that dies takes no worker with it. swarm makes another mold when it next starts a worker.
 *
 * A mold forks one worker at a time. Each worker has its own status channel, so no worker can speak for another.
 */
export class MoldSpawner implements Spawner {
  readonly #options: Options;
  readonly #native: Native;
  readonly #emit: Emit;
  /** Generations that have a mold, or can still start one. */
  readonly #generations = new Map<number, Molds>();
  /** The latest generation that prepare() was called for, unless it has been retired. */
  #wanted: number | undefined;
  #closing = false;
  readonly #workers: ForkedWorkers;
  readonly #births: Births;
  readonly #orphans: Orphans;
  readonly #reap = () => this.#reapAll();

  constructor(options: Options) {
    const { native, emit, descriptors } = options;
    this.#options = options;
    this.#native = native;
    this.#emit = emit;
    this.#workers = new ForkedWorkers(native, emit);
    this.#births = new Births({
      native,
      emit,
      descriptors,
      workers: this.#workers,
      isNewChild: (pid) => this.#isNewChild(pid),
      onEnd: (molds) => {
        // If the worker exited before its pid was known, its SIGCHLD came too early.
        this.#reapAll();
        this.#advance(molds);
      },
    });
    this.#orphans = new Orphans(native, () => this.#children(), emit);
    // A copy cannot use the io_uring rings of its mold. If it cannot make new ones, the mold must not have any.
    if (!native.ringsAreRenewable()) native.forbidRings();
    process.on('SIGCHLD', this.#reap);
  }

  start(order: Order): void {
    const molds = this.#moldsOf(order.generation);
    molds.waiting.set(order.workerId, order);
    this.#advance(molds);
  }

  prepare(generation: number): void {
    this.#wanted = generation;
    void this.#prepare(generation);
  }

  retire(generation: number): void {
    if (this.#wanted === generation) this.#wanted = undefined;
    this.#options.releases.forget(generation);
    this.#generations.get(generation)?.retire();
    this.#forget(generation);
  }

  signal(workerId: number, signal: NodeJS.Signals): void {
    if (this.#workers.signal(workerId, signal) || this.#births.signal(workerId, signal)) return;
    this.#giveUp(workerId, signal);
  }

  findOrphans(): void {
    this.#orphans.find();
  }

  signalOrphan(pid: number, signal: NodeJS.Signals): void {
    this.#orphans.signal(pid, signal);
  }

  /** Molds would keep the port open, so this retires them. */
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
    for (const molds of generations) {
      molds.retire();
      molds.kill();
    }
    await left;
    // Processes that preloaded packages started.
    await this.#orphans.killAll();
    this.#options.port?.remove();
    process.off('SIGCHLD', this.#reap);
  }

  #add(generation: number, { directory, modules }: Release): Molds {
    const { native, assignment: common, options, heap, port } = this.#options;
    const molds: Molds = new Molds({
      assignment: { ...common, modules },
      make: (assignment) => {
        const onMessage = (message: MoldMessage) => this.#heard(mold, message);
        const mold = new Mold({ native, assignment, directory, options, heap, port, onMessage });
        return mold;
      },
      onExit: (mold, exit, lost) => {
        this.#moldExited(mold, exit, lost);
        this.#advance(molds);
        this.#forget(generation);
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
      release = await this.#options.releases.find(generation);
    } catch (error) {
      const reason = describeMissing(error as Error);
      this.#emit({ type: 'unprepared', generation, reason, failure: undefined, fault: 'code' });
      return;
    }
    if (this.#wanted !== generation || this.#closing) return;
    const outcome = await this.#add(generation, release).prepare();
    if (outcome.type === 'preloaded') {
      const { type: _type, ...preloaded } = outcome;
      this.#emit({ type: 'prepared', generation, preloaded });
    } else {
      this.#emit({ type: 'unprepared', generation, reason: describeMoldOutcome(outcome), ...faultOf(outcome) });
    }
  }

  /** Forks the next waiting workers if the mold is free, or starts a mold if there is none. */
  #advance(molds: Molds): void {
    while (molds.ready && molds.ready.forking === undefined) {
      const [order] = molds.waiting.values();
      if (!order) break;
      molds.waiting.delete(order.workerId);
      this.#births.begin(molds, molds.ready, order);
    }
    if (!molds.ready && molds.waiting.size > 0) molds.want((outcome) => this.#prepared(molds, outcome));
    if (molds.isRetired) molds.retire();
  }

  #prepared(molds: Molds, outcome: MoldOutcome): void {
    if (outcome.type === 'preloaded') {
      if (molds.waiting.size > 0) this.#emit(outcome);
    } else {
      // The failure applies to every worker that is waiting.
      const waiting = [...molds.waiting.keys()];
      molds.waiting.clear();
      const reason = describeMoldOutcome(outcome);
      for (const workerId of waiting) this.#emit({ type: 'start-failed', workerId, reason });
    }
    this.#advance(molds);
  }

  #heard(mold: Mold, message: MoldMessage): void {
    if (isRemark(message)) this.#emit(message);
    else if (message.type === 'forked' || message.type === 'fork-failed') this.#births.heard(mold, message);
  }

  /** Whether this can be the pid of a worker that was just forked. User code can write any number. */
  #isNewChild(pid: number): boolean {
    if (pid < 1 || pid > MAX_PID || [...this.#workers.pids, ...this.own()].includes(pid)) return false;
    return this.#native.childState(pid) !== undefined;
  }

  /** Drops a worker that waits for a mold, and reports its exit as if the signal had ended it. */
  #giveUp(workerId: number, signal: NodeJS.Signals): void {
    for (const molds of this.#generations.values()) {
      if (!molds.waiting.delete(workerId)) continue;
      this.#emit({ type: 'exited', workerId, exit: { code: null, signal } });
      // KILL usually comes at the worker's boot deadline: the mold was not ready by then.
      if (molds.waiting.size === 0 || signal === 'SIGKILL') molds.killUnready();
    }
  }

  /** Pids of children that are not orphans; undefined while there may be a worker whose pid is not known yet. */
  #children(): number[] | undefined {
    return this.#births.areUnderWay ? undefined : [...this.#workers.pids, ...this.own()];
  }

  #reapAll(): void {
    this.#workers.reap();
    this.#orphans.childEnded();
  }

  #moldExited(mold: Mold, exit: Exit, lost: boolean): void {
    if (lost && !this.#closing) this.#emit({ type: 'mold-exited', exit });
    this.#births.moldExited(mold);
    this.#reapAll();
  }
}

/** An error in the code that the mold loads would hit each worker too. Any other failure only rules out forking. */
function faultOf(outcome: MoldOutcome): Pick<GenerationUnprepared, 'failure' | 'fault'> {
  if (outcome.type === 'preload-failed') return { failure: outcome.failure, fault: 'code' };
  return { failure: undefined, fault: 'fork' };
}
