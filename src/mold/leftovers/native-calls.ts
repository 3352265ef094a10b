import { pathToFileURL } from 'node:url';
import { packageName } from '../../loading/owner.ts';
import { type Around, Observation } from '../../node/observation.ts';
import type { Kept, Leftover } from './leftovers.ts';
import { nativeStateOf } from './native-addons.ts';

/** Records native addons that are called while modules load. JavaScript cannot reach the state that they keep. */
export class NativeCalls {
  readonly #observation = new Observation();
  readonly #called = new Map<string, Kept<string>>();
  /** Returns the load that caused the running code. */
  readonly #owner: () => string | undefined;

  constructor(owner: () => string | undefined) {
    this.#owner = owner;
    this.#observation.observe(process, 'dlopen', (proceed, _self, [module, filename]) => {
      const result = proceed();
      this.#watch(module as { exports: unknown }, String(filename));
      return result;
    });
  }

  /** Returns the addons called since the last take(). */
  take(): Kept<Leftover>[] {
    const called = [...this.#called.values()];
    this.#called.clear();
    return called.map(({ thing: addon, owner }) => ({ thing: describe(addon), owner }));
  }

  end(): void {
    this.#observation.end();
  }

  #watch(module: { exports: unknown }, filename: string): void {
    const addon = packageName(pathToFileURL(filename).href) ?? filename;
    const state = nativeStateOf(addon);
    if (state === 'harmless') return;
    const around: Around = (proceed) => {
      this.#note(addon);
      return proceed();
    };
    const { exports } = module;
    let isSeen = typeof exports === 'function';
    if (isSeen) module.exports = this.#observation.around(exports as () => unknown, around);
    if (isObject(exports)) isSeen = this.#observe(exports, around) || isSeen;
    // The exports cannot be replaced. A package that loads such an addon probably calls it.
    if (!isSeen && state === 'generator') this.#note(addon);
  }

  /**
   * Observes the functions that an addon exports, including those of exported objects and classes.
   *
   * @returns whether any of them can be observed
   */
  #observe(exports: object, around: Around, depth = 0): boolean {
    let isSeen = false;
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(exports))) {
      if (!isObject(value) || key === 'constructor') continue;
      // A class is a function. Its members come first, because observing the function replaces it.
      if (depth < DEPTH) isSeen = this.#observe(value, around, depth + 1) || isSeen;
      if (typeof value === 'function') isSeen = this.#observation.observe(exports, key, around) || isSeen;
    }
    return isSeen;
  }

  #note(addon: string): void {
    const owner = this.#owner();
    this.#called.set(`${owner} ${addon}`, { thing: addon, owner });
  }
}

function describe(addon: string): Leftover {
  const name = addon.replace(/-(?:linux|darwin|win32|android|freebsd)-.*$/, '');
  const kind = nativeStateOf(addon) === 'generator' ? 'random generator' : 'unknown state';
  return { kind, detail: `in native code of ${name}` };
}

/** Depth of the search: an object, a class in it, its prototype. */
const DEPTH = 3;

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
