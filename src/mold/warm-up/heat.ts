import { getHeapCodeStatistics } from 'node:v8';

/*
 * Warms up for as long as the code gets cheaper. A round of the benchmark's jobs takes 80 to 120 ms of CPU time at
 * first, and 14 ms at best (bench/experiments/heat.js). It gets there after 20 rounds on Node 24, and after 40 on
 * Node 20. From then on, ten rounds add less than 5 % to the code.
 */

/** Rounds and milliseconds between two measurements of the code. Small jobs must run often before V8 compiles them. */
const WINDOW_ROUNDS = 10;
const WINDOW_TIME = 100;

/** Code that grows by less than this between two measurements has been compiled. */
const GROWTH = 0.05;

/** No round begins after this many rounds or milliseconds, because every start of a swarm waits for them. */
const ENOUGH_ROUNDS = 100;
const ENOUGH_TIME = 2000;

/** What is drawn only in the first round may have been kept, so there must be a second (sameness/randomness.ts). */
const LEAST_ROUNDS = 2;

/** Tells when code is hot. */
export class Heat {
  readonly #codeSize: () => number;
  #rounds = 0;
  #spent = 0;
  #window = { rounds: 0, spent: 0, code: 0 };

  /** @param codeSize returns the size of all code that V8 has compiled, in bytes */
  constructor(codeSize = () => getHeapCodeStatistics().code_and_metadata_size) {
    this.#codeSize = codeSize;
  }

  /**
   * Call this after each round.
   *
   * @param spent milliseconds since the first round began
   * @returns whether to stop: the code is hot, or has had enough rounds or time
   */
  isEnough(spent: number): boolean {
    this.#rounds += 1;
    this.#spent = spent;
    if (this.#rounds < LEAST_ROUNDS) return false;
    return this.#rounds >= ENOUGH_ROUNDS || spent >= ENOUGH_TIME || this.#isHot();
  }

  #isHot(): boolean {
    const { rounds, spent, code: before } = this.#window;
    if (this.#rounds - rounds < WINDOW_ROUNDS || this.#spent - spent < WINDOW_TIME) return false;
    const code = this.#codeSize();
    this.#window = { rounds: this.#rounds, spent: this.#spent, code };
    return code < before * (1 + GROWTH);
  }
}
