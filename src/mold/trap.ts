import { syncBuiltinESMExports } from 'node:module';
import { inspect } from 'node:util';

/** Turns of the event loop in which a module may connect, throw or reject after it was loaded. */
const TURNS = 3;

/** The longest that a timer can wait for. */
const FOREVER = 2 ** 31 - 1;

/**
 * Survives what a module may do while it is loaded: end the process, throw when nobody is there to catch it, or wait for
 * something that never comes. Whatever it is, it becomes an error.
 */
export class Trap {
  /** Each error, and the load that it goes back to. */
  readonly #caught = new Map<unknown, string | undefined>();
  readonly #catch = (error: unknown): void => {
    if (!this.#caught.has(error)) this.#caught.set(error, this.#owner());
  };
  readonly #owner: () => string | undefined;
  readonly #exit = process.exit;
  #armed = true;

  /** @param owner the load that what runs now goes back to, where that is known */
  constructor(owner: () => string | undefined) {
    this.#owner = owner;
    // It is told of unhandled rejections as well, where those would end the process.
    process.prependListener('uncaughtException', this.#catch);
    process.exit = Object.defineProperties(this.#refuseExit, Object.getOwnPropertyDescriptors(this.#exit));
    // For those who import it by name.
    syncBuiltinESMExports();
  }

  /**
   * @param work loads a module
   * @param timeout of what the module awaits, milliseconds; while it computes, no clock can stop it
   * @returns what went wrong, and which load that goes back to, where it may not be this one
   */
  async run(work: () => Promise<void>, timeout: number): Promise<(readonly [unknown, string | undefined])[]> {
    try {
      await endOf(work(), timeout);
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
    // Where a package has wrapped it, it stays in there.
    if (process.exit === this.#refuseExit) process.exit = this.#exit;
    syncBuiltinESMExports();
  }

  readonly #refuseExit = (...args: [code?: number | string | null]): never => {
    // Not with `undefined` where there was nothing, which would undo process.exitCode.
    if (!this.#armed) this.#exit.apply(process, args);
    const [code] = args;
    const error = new Error(`it called process.exit(${code === undefined ? '' : inspect(code)})`);
    // Noted first: the module may catch what is thrown, although it would not have come back from the real one.
    this.#catch(error);
    throw error;
  };
}

/** The result of `work`, or an error when there cannot be one any more. */
async function endOf(work: Promise<void>, timeout: number): Promise<void> {
  let giveUp = (_reason: Error): void => {};
  const given = new Promise<never>((_resolve, reject) => {
    giveUp = reject;
  });
  // Nothing is left that could end the wait, and Node is about to leave: an immediate keeps it.
  const onIdle = () => setImmediate(giveUp, new Error('it awaits, at its top level, something that never happens'));
  process.once('beforeExit', onIdle);
  const late = new Error(`it is still not loaded after ${timeout / 1000} s`);
  const timer = setTimeout(giveUp, Math.min(timeout, FOREVER), late).unref();
  try {
    await Promise.race([work, given]);
  } finally {
    clearTimeout(timer);
    process.off('beforeExit', onIdle);
  }
}
