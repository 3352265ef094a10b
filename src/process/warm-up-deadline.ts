import type { LoadAssignment } from '../protocol/assignment.ts';
import { systemClock } from './clock.ts';

/** Fraction of SWARM_BOOT_TIMEOUT. A mold ends its own warm-up after a quarter, unless JavaScript blocks its timers. */
const FRACTION = 1 / 3;

/** Ends a mold whose warm-up computes forever. */
export class WarmUpDeadline {
  readonly #clock = systemClock();
  /** Milliseconds. */
  readonly #limit: number;
  readonly #onExpiry: () => void;
  #state: 'idle' | 'running' | 'expired' | 'over' = 'idle';

  constructor({ bootTimeout }: Pick<LoadAssignment, 'bootTimeout'>, onExpiry: () => void) {
    this.#limit = bootTimeout * FRACTION;
    this.#onExpiry = onExpiry;
  }

  /** Why the mold was ended, as a clause; undefined if it was not. */
  get reason(): string | undefined {
    return this.#state === 'expired' ? `it has still not ended after ${Math.round(this.#limit / 1000)} s` : undefined;
  }

  /** Starts once at most: code that the mold loads can forge the message that leads to this. */
  start(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'running';
    this.#clock.wakeAt(this.#clock.now() + this.#limit, () => this.#expire(), this.#limit / 10);
  }

  clear(): void {
    if (this.#state !== 'expired') this.#state = 'over';
    this.#clock.stop();
  }

  #expire(): void {
    this.#state = 'expired';
    this.#clock.stop();
    this.#onExpiry();
  }
}
