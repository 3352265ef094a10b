import { syncBuiltinESMExports } from 'node:module';
import { inspect } from 'node:util';

/** Turns of the event loop after a load, in which the module may still connect, throw or reject. */
const TURNS = 3;

/** The longest that a timer can wait, milliseconds. */
const FOREVER = 2 ** 31 - 1;

export interface Expectation {
  /** For what the work awaits, milliseconds. No clock can stop work that computes. */
  readonly timeout: number;
  /** What is wrong at the timeout: "is still not loaded". */
  readonly late: string;
  /** What is wrong if nothing is left that it could wait for: a sentence without its full stop. */
  readonly inVain: string;
}

/**
 * Survives a module that ends the process, throws where nothing catches, or waits for ever while it is loaded. Each
 * becomes an error.
 */
export class Trap {
  /** Each error, with the load that it goes back to. */
  readonly #caught = new Map<unknown, string | undefined>();
  readonly #catch = (error: unknown): void => {
    if (!this.#caught.has(error)) this.#caught.set(error, this.#owner());
  };
  readonly #owner: () => string | undefined;
  readonly #exit = process.exit;
  #armed = true;

  /** @param owner the load that the running code goes back to; undefined if unknown */
  constructor(owner: () => string | undefined) {
    this.#owner = owner;
    // Unhandled rejections that would end the process come here as well.
    process.prependListener('uncaughtException', this.#catch);
    process.exit = Object.defineProperties(this.#refuseExit, Object.getOwnPropertyDescriptors(this.#exit));
    // For those who import it by name.
    syncBuiltinESMExports();
  }

  /**
   * @param work loads a module
   * @returns what went wrong, each with the load that it goes back to, if it is known: it may be an earlier one
   */
  async run(work: () => Promise<void>, expectation: Expectation): Promise<(readonly [unknown, string | undefined])[]> {
    try {
      await endOf(work(), expectation);
    } catch (error) {
      this.#catch(error);
    }
    for (let turn = 0; turn < TURNS; turn += 1) await new Promise(setImmediate);
    const caught = [...this.#caught];
    this.#caught.clear();
    return caught;
  }

  release(): void {
    this.#armed = false;
    process.off('uncaughtException', this.#catch);
    // A package that has wrapped it keeps it.
    if (process.exit === this.#refuseExit) process.exit = this.#exit;
    syncBuiltinESMExports();
  }

  readonly #refuseExit = (...args: [code?: number | string | null]): never => {
    // Not with `undefined` for no argument: that would undo process.exitCode.
    if (!this.#armed) this.#exit.apply(process, args);
    const [code] = args;
    const error = new Error(`it called process.exit(${code === undefined ? '' : inspect(code)})`);
    // Noted first: the module may catch the error, although the real process.exit() would not have returned.
    this.#catch(error);
    throw error;
  };
}

/** Ends with `work`, or with an error when `work` can no longer end. */
async function endOf(work: Promise<void>, { timeout, late, inVain }: Expectation): Promise<void> {
  let giveUp = (_reason: Error): void => {};
  const given = new Promise<never>((_resolve, reject) => {
    giveUp = reject;
  });
  // Nothing is left that could end the wait, and Node is about to leave. An immediate keeps it alive.
  const onIdle = () => setImmediate(giveUp, new Error(inVain));
  process.once('beforeExit', onIdle);
  const tooLate = new Error(`it ${late} after ${timeout / 1000} s`);
  const timer = setTimeout(giveUp, Math.min(timeout, FOREVER), tooLate).unref();
  try {
    await Promise.race([work, given]);
  } finally {
    clearTimeout(timer);
    process.off('beforeExit', onIdle);
  }
}
