import type { MoldAssignment, Order } from '../protocol/assignment.ts';
import type { Mold, MoldOutcome } from './mold.ts';
import type { Exit } from './spawner.ts';

interface Options {
  assignment: MoldAssignment;
  make: (assignment: MoldAssignment) => Mold;
  /** @param lost whether it was in use */
  onExit: (mold: Mold, exit: Exit, lost: boolean) => void;
}

/** The molds of one generation, one after another: when one is spoiled or dies, the next one takes its place. */
export class Molds {
  readonly #make: Options['make'];
  readonly #onExit: Options['onExit'];
  #assignment: MoldAssignment;
  /** Molds that have not exited. */
  readonly #alive = new Set<Mold>();
  /** The mold that has preloaded and takes commands. */
  #ready: Mold | undefined;
  #preparing: Promise<MoldOutcome> | undefined;
  #awaited = false;
  #retired = false;
  /** Workers that wait until a mold is ready and has forked those before them. */
  readonly waiting = new Map<number, Order>();

  constructor({ assignment, make, onExit }: Options) {
    this.#assignment = assignment;
    this.#make = make;
    this.#onExit = onExit;
  }

  get ready(): Mold | undefined {
    return this.#ready;
  }

  get pids(): number[] {
    return [...this.#alive].flatMap(({ pid }) => pid ?? []);
  }

  /** Resolves when all molds that are alive now have exited. */
  get exited(): Promise<unknown> {
    return Promise.all([...this.#alive].map((mold) => mold.exited));
  }

  /** Starts a mold, unless one is being prepared already. Resolves to its outcome. */
  prepare(): Promise<MoldOutcome> {
    this.#preparing ??= this.#prepare().finally(() => {
      this.#preparing = undefined;
    });
    return this.#preparing;
  }

  /** Starts a mold and calls back with its outcome. Ignores further calls until then. */
  want(callback: (outcome: MoldOutcome) => void): void {
    if (this.#awaited) return;
    this.#awaited = true;
    void this.prepare().then((outcome) => {
      this.#awaited = false;
      callback(outcome);
    });
  }

  get isRetired(): boolean {
    return this.#retired;
  }

  /** Whether no mold is left, and none will be started. */
  get isOver(): boolean {
    return this.#retired && this.waiting.size === 0 && this.#alive.size === 0;
  }

  /** Forks no more workers, except those that already wait. Must be called again after each of these has started. */
  retire(): void {
    this.#retired = true;
    if (this.waiting.size === 0 && this.#ready?.forking === undefined) this.kill();
  }

  /** Kills a mold that takes too long to preload, or that no worker waits for any more. */
  killUnready(): void {
    for (const mold of this.#alive) {
      if (mold !== this.#ready) mold.kill();
    }
  }

  kill(): void {
    for (const mold of this.#alive) mold.kill();
  }

  async #prepare(): Promise<MoldOutcome> {
    const mold = this.#make(this.#assignment);
    this.#alive.add(mold);
    void mold.exited.then((exit) => this.#exited(mold, exit));
    const outcome = await mold.outcome;
    if (outcome.type === 'preloaded') this.#ready = mold;
    if (outcome.type === 'cold' && !this.#assignment.isCold)
      return this.#prepareWithout(mold, { isCold: true }, outcome);
    const known = this.#assignment.leaveOut;
    if (outcome.type !== 'spoiled' || outcome.packages.every((name) => known.includes(name))) return outcome;
    // If other packages spoil the second mold, they all probably have a common cause.
    const stopsThere = known.length > 0;
    return this.#prepareWithout(mold, { leaveOut: [...known, ...outcome.packages], stopsThere }, outcome);
  }

  /** Replaces a mold by one with a changed assignment: leftovers cannot be removed from a mold. */
  async #prepareWithout(
    mold: Mold,
    change: Partial<Pick<MoldAssignment, 'leaveOut' | 'stopsThere' | 'isCold'>>,
    outcome: MoldOutcome,
  ): Promise<MoldOutcome> {
    await mold.exited;
    if (this.#retired && this.waiting.size === 0) return outcome;
    this.#assignment = { ...this.#assignment, ...change };
    return this.#prepare();
  }

  #exited(mold: Mold, exit: Exit): void {
    this.#alive.delete(mold);
    const wasReady = this.#ready === mold;
    if (wasReady) this.#ready = undefined;
    this.#onExit(mold, exit, wasReady && !this.#retired);
  }
}
