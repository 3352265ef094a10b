import type { Native } from '../native/binding.ts';
import type { Assignment, MoldAssignment } from '../protocol/assignment.ts';
import { isWorkerMessage, type Message } from '../protocol/messages.ts';
import { Mold, type Outcome } from './mold.ts';
import type { HeapLimits } from './node-flags.ts';
import type { SharedPort } from './shared-port.ts';
import type { Emit, Exit, Spawner } from './spawner.ts';

/** The longest that a mold may take to leave when it is told to, milliseconds. */
const CLOSE_TIMEOUT = 1000;

/**
 * Fork mode: workers are copies of a mold that has loaded what they share. They are children of this process all the
 * same, so a mold that dies takes nobody with it; another is made when a worker is to be started.
 */
export class MoldSpawner implements Spawner {
  readonly #native: Native;
  readonly #emit: Emit;
  readonly #heap: HeapLimits;
  readonly #port: SharedPort | undefined;
  #assignment: MoldAssignment;
  /** Those that have not exited; the last one is, or will be, in use. */
  readonly #molds = new Set<Mold>();
  /** It has preloaded, and takes commands. */
  #ready: Mold | undefined;
  #preparing: Promise<Outcome> | undefined;
  #closing = false;

  /** Workers that wait for a mold. */
  readonly #waiting = new Map<number, Assignment>();
  /** Workers that a mold was told to fork, and that nobody has heard of yet. */
  readonly #forking = new Map<number, Mold>();
  /** Signals that came before a worker was heard of, in order. */
  readonly #owed = new Map<number, NodeJS.Signals[]>();
  /** Running workers, and their pids. None was reaped, so none of these pids is anybody else's. */
  readonly #pids = new Map<number, number>();
  readonly #reap = () => this.#reapAll();

  constructor(native: Native, assignment: MoldAssignment, heap: HeapLimits, emit: Emit, port?: SharedPort) {
    this.#native = native;
    this.#assignment = assignment;
    this.#heap = heap;
    this.#emit = emit;
    this.#port = port;
    // A copy cannot have the rings of its mold. Where it cannot make its own either, there are to be none.
    if (!native.ringsAreRenewable()) native.forbidRings();
    native.adoptOrphans();
    process.on('SIGCHLD', this.#reap);
  }

  /** Starts a mold, and says what became of it. */
  prepare(): Promise<Outcome> {
    this.#preparing ??= this.#prepare().finally(() => {
      this.#preparing = undefined;
    });
    return this.#preparing;
  }

  start(assignment: Assignment): void {
    if (this.#ready) {
      this.#fork(this.#ready, assignment);
      return;
    }
    this.#waiting.set(assignment.worker, assignment);
    if (!this.#preparing) void this.prepare().then((outcome) => this.#prepared(outcome));
  }

  signal(worker: number, signal: NodeJS.Signals): void {
    const pid = this.#pids.get(worker);
    if (pid !== undefined) {
      process.kill(pid, signal);
    } else if (this.#waiting.delete(worker)) {
      // It never came to be, and ends as if it had.
      this.#emit({ type: 'exited', worker, exit: { code: null, signal } });
      if (this.#waiting.size === 0) for (const mold of this.#molds) mold.kill();
    } else if (this.#forking.has(worker)) {
      this.#owed.set(worker, [...(this.#owed.get(worker) ?? []), signal]);
    }
  }

  /** The molds would keep the port open, so they leave. */
  finish(): void {
    if (!this.#port) return;
    this.#closing = true;
    this.#port.close();
    if (this.#waiting.size === 0) this.#closeMolds();
  }

  own(): number[] {
    return [...this.#molds].flatMap(({ pid }) => pid ?? []);
  }

  async close(): Promise<void> {
    this.#closing = true;
    const left = Promise.all([...this.#molds].map((mold) => mold.exited));
    this.#closeMolds();
    // One that preloads does not read its commands.
    const timer = setTimeout(() => {
      for (const mold of this.#molds) mold.kill();
    }, CLOSE_TIMEOUT);
    await left;
    clearTimeout(timer);
    process.off('SIGCHLD', this.#reap);
  }

  #closeMolds(): void {
    for (const mold of this.#molds) mold.close();
  }

  async #prepare(): Promise<Outcome> {
    const mold = new Mold(this.#assignment, this.#heap, (message) => this.#heard(message), this.#port);
    this.#molds.add(mold);
    void mold.exited.then((exit) => this.#moldExited(mold, exit));
    const outcome = await mold.outcome;
    if (outcome.type === 'preloaded') this.#ready = mold;
    const known = this.#assignment.leaveOut;
    if (outcome.type !== 'spoiled' || outcome.packages.every((name) => known.includes(name))) return outcome;
    // Thrown away as a whole: what these packages have left in it cannot be taken back.
    await mold.exited;
    this.#assignment = { ...this.#assignment, leaveOut: [...known, ...outcome.packages] };
    return this.#prepare();
  }

  #prepared(outcome: Outcome): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    if (outcome.type === 'preloaded') this.#emit(outcome);
    for (const assignment of waiting) {
      if (this.#ready) this.#fork(this.#ready, assignment);
      else this.#emit({ type: 'start-failed', worker: assignment.worker, reason: describeOutcome(outcome) });
    }
    if (this.#closing) this.#closeMolds();
  }

  #fork(mold: Mold, assignment: Assignment): void {
    this.#forking.set(assignment.worker, mold);
    mold.fork(assignment);
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

  #moldExited(mold: Mold, exit: Exit): void {
    this.#molds.delete(mold);
    const wasReady = this.#ready === mold;
    if (wasReady) this.#ready = undefined;
    if (wasReady && !this.#closing) this.#emit({ type: 'mold-exited', exit });
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
