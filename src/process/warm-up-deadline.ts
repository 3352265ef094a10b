import type { LoadAssignment } from '../protocol/assignment.ts';

/** Fraction of SWARM_BOOT_TIMEOUT. A mold ends its own warm-up after a quarter, unless JavaScript blocks its timers. */
const FRACTION = 1 / 3;

/** The deadline is counted in this many steps. A pause of the machine or of this process then counts as one of them. */
const STEPS = 20;

/** Ends a mold whose warm-up computes forever. */
export class WarmUpDeadline {
  /** Milliseconds. */
  readonly #limit: number;
  readonly #onExpiry: () => void;
  #timer: NodeJS.Timeout | undefined;
  #steps = 0;
  #isOver = false;

  constructor({ bootTimeout }: Pick<LoadAssignment, 'bootTimeout'>, onExpiry: () => void) {
    this.#limit = bootTimeout * FRACTION;
    this.#onExpiry = onExpiry;
  }

  /** Why the mold was ended, as a clause; undefined if it was not. */
  get reason(): string | undefined {
    return this.#steps < STEPS ? undefined : `it has still not ended after ${Math.round(this.#limit / 1000)} s`;
  }

  /** Starts once at most: code that the mold loads can forge the message that leads to this. */
  start(): void {
    if (this.#timer || this.#isOver) return;
    this.#timer = setInterval(() => {
      this.#steps += 1;
      if (this.#steps < STEPS) return;
      this.clear();
      this.#onExpiry();
    }, this.#limit / STEPS);
  }

  clear(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
  }
}
