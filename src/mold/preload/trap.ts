import { syncBuiltinESMExports } from 'node:module';
import { inspect } from 'node:util';

/** Turns of the event loop to wait after a load, in which the module may still connect, throw or reject. */
const TURNS = 3;

/** Longest delay of a timer, in milliseconds. */
const FOREVER = 2 ** 31 - 1;

export interface Expectation {
  /** Limit on what the work awaits, in milliseconds. No timer can stop work that computes. */
  readonly timeout: number;
  /** What is wrong at the timeout, such as "is still not loaded". */
  readonly late: string;
  /** What is wrong if nothing is left that the work could wait for: a sentence without the full stop. */
  readonly inVain: string;
}

/**
 * Survives a module that exits the process, throws an uncaught error or waits forever while it is loaded. Each of these
 * becomes an error.
 */
export class Trap {
  /** Each error, with the load that caused it. */
  readonly #caught = new Map<unknown, string | undefined>();
  readonly #catch = (error: unknown): void => {
    if (!this.#caught.has(error)) this.#caught.set(error, this.#owner());
  };
  readonly #owner: () => string | undefined;
  readonly #exit = process.exit;
  #armed = true;

  /** @param owner returns the load that caused the running code; undefined if unknown */
  constructor(owner: () => string | undefined) {
    this.#owner = owner;
    // This event also reports unhandled rejections that would end the process.
    process.prependListener('uncaughtException', this.#catch);
    process.exit = Object.defineProperties(this.#refuseExit, Object.getOwnPropertyDescriptors(this.#exit));
    // For modules that import it by name.
    syncBuiltinESMExports();
  }

  /**
   * @param work loads a module
   * @returns the errors, each with the load that caused it, if known; it may be an earlier load
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
    // If a package has wrapped process.exit, the wrapper stays, and #refuseExit passes its calls on.
    if (process.exit === this.#refuseExit) process.exit = this.#exit;
    syncBuiltinESMExports();
  }

  readonly #refuseExit = (...args: [code?: number | string | null]): never => {
    // Passes no argument if it got none: an explicit `undefined` would override process.exitCode.
    if (!this.#armed) this.#exit.apply(process, args);
    const [code] = args;
    const error = new Error(`it called process.exit(${code === undefined ? '' : inspect(code)})`);
    // Records the error first: the module may catch it, although the real process.exit() would not have returned.
    this.#catch(error);
    throw error;
  };
}

/** Settles as `work` does, or rejects when `work` can no longer settle. */
async function endOf(work: Promise<void>, { timeout, late, inVain }: Expectation): Promise<void> {
  let giveUp = (_reason: Error): void => {};
  const given = new Promise<never>((_resolve, reject) => {
    giveUp = reject;
  });
  // Nothing is left that could end the wait, and Node is about to exit. An immediate keeps it alive.
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
