import type { MoldAssignment, Order } from '../protocol/assignment.ts';
import type { Mold, MoldOutcome } from './mold.ts';
import type { Exit } from './spawner.ts';

interface Options {
  assignment: MoldAssignment;
  make: (assignment: MoldAssignment) => Mold;
  /** @param lost it was in use */
  onExit: (mold: Mold, exit: Exit, lost: boolean) => void;
}

/** The molds of one generation, one after another: where one was spoiled or has died, the next one takes its place. */
export class Molds {
  readonly #make: Options['make'];
  readonly #onExit: Options['onExit'];
  #assignment: MoldAssignment;
  /** Molds that have not exited. */
  readonly #alive = new Set<Mold>();
  /** It has preloaded, and takes commands. */
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

  /** Resolves when all molds that are alive now have ended. */
  get exited(): Promise<unknown> {
    return Promise.all([...this.#alive].map((mold) => mold.exited));
  }

  /** Starts a mold, unless that is being done, and says what became of it. */
  prepare(): Promise<MoldOutcome> {
    this.#preparing ??= this.#prepare().finally(() => {
      this.#preparing = undefined;
    });
    return this.#preparing;
  }

  /** Starts a mold and calls back with its outcome. Calls made before that are ignored. */
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

  /** There is none left, and there will not be another. */
  get isOver(): boolean {
    return this.#retired && this.waiting.size === 0 && this.#alive.size === 0;
  }

  /** No more workers, except those that wait already. Call this again when one of these has been started. */
  retire(): void {
    this.#retired = true;
    if (this.waiting.size === 0 && this.#ready?.forking === undefined) this.kill();
  }

  /** For a mold that takes too long to preload, or that no worker waits for any more. */
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
    // The second time, others were found: as likely as not, one cause has made them all unfit.
    const stopsThere = known.length > 0;
    return this.#prepareWithout(mold, { leaveOut: [...known, ...outcome.packages], stopsThere }, outcome);
  }

  /** That mold is thrown away as a whole: what was left in it cannot be taken back. */
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
