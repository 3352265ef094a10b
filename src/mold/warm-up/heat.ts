import { getHeapCodeStatistics } from 'node:v8';

/*
 * How long to warm up: as long as code gets cheaper. A round of the benchmark's jobs takes 80 to 120 ms of processor time at
 * first, and no less than 14 ms in the end (bench/experiments/heat.js). It gets there on Node 24 after 20 rounds, and on Node
 * 20 after 40. From then on, ten rounds add less than five percent to the code.
 */

/** Rounds and milliseconds from one look at the code to the next: small jobs have to run often before V8 compiles them. */
const WINDOW_ROUNDS = 10;
const WINDOW_TIME = 100;

/** Code that grows by less between two looks has been compiled. */
const GROWTH = 0.05;

/** No round begins after this many rounds or milliseconds: each start of a swarm waits for them. */
const ENOUGH_ROUNDS = 100;
const ENOUGH_TIME = 2000;

/** What is drawn in the first round alone may have been kept, and a second one tells (draws/suspects.ts). */
const LEAST_ROUNDS = 2;

/** Tells when code is hot. */
export class Heat {
  readonly #codeSize: () => number;
  #rounds = 0;
  #spent = 0;
  #window = { rounds: 0, spent: 0, code: 0 };

  /** @param codeSize of all code that V8 has compiled, bytes */
  constructor(codeSize = () => getHeapCodeStatistics().code_and_metadata_size) {
    this.#codeSize = codeSize;
  }

  /**
   * Call this after each round.
   *
   * @param spent since the beginning, milliseconds
   * @returns whether another round would be of use
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
