import { pathToFileURL } from 'node:url';
import { nativeStateOf } from '../sameness/native-addons.ts';
import { Observation } from '../sameness/observation.ts';
import type { Leftover } from './leftovers.ts';
import { packageName } from './load.ts';

/** What the addons of this process export, by package. Whoever comes later looks at them as well. */
const addons = new Map<object, string>();

/** Packages keep functions of addons; so these pass on to the one who listens now, for as long as somebody does. */
const observation = new Observation();
let listener: ((addon: string) => void) | undefined;

/** The native addons that are called while modules are loaded. What they keep of that is out of reach for JavaScript. */
export class NativeCalls {
  readonly #called = new Set<string>();
  readonly #loading = new Observation();

  constructor() {
    listener = (addon) => void this.#called.add(addon);
    for (const [exports, addon] of addons) observe(exports, addon);
    this.#loading.observe(process, 'dlopen', (proceed, _self, [module, filename]) => {
      const result = proceed();
      note(module as { exports: unknown }, String(filename));
      return result;
    });
  }

  /** Since it was last asked. */
  take(): Leftover[] {
    const called = [...this.#called];
    this.#called.clear();
    return called.map((addon) => {
      const name = addon.replace(/-(?:linux|darwin|win32|android|freebsd)-.*$/, '');
      return nativeStateOf(addon) === 'generator'
        ? { kind: 'random generator', detail: `in native code of ${name}` }
        : { kind: 'native state', detail: `${name} was called` };
    });
  }

  end(): void {
    listener = undefined;
    this.#loading.end();
    observation.restore();
  }
}

function note(module: { exports: unknown }, filename: string): void {
  const addon = packageName(pathToFileURL(filename).href) ?? filename;
  const state = nativeStateOf(addon);
  // Where a call does no harm, nothing is to be seen.
  if (state === 'harmless') return;
  const { exports } = module;
  let isSeen = typeof exports === 'function';
  if (isSeen) module.exports = observation.around(exports as () => unknown, tell(addon));
  if (isObject(exports)) {
    addons.set(exports, addon);
    isSeen = observe(exports, addon) || isSeen;
  }
  // It has locked what it exports. Whoever loads such a one is likely to use it.
  if (!isSeen && state === 'generator') listener?.(addon);
}

/**
 * What it exports: functions, and those of objects and of classes.
 *
 * @returns whether any of that can be observed
 */
function observe(exports: object, addon: string, depth = 0): boolean {
  let isSeen = false;
  for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(exports))) {
    if (!isObject(value) || key === 'constructor') continue;
    // Before the function that stands for a class gets its own.
    if (depth < DEPTH) isSeen = observe(value, addon, depth + 1) || isSeen;
    if (typeof value === 'function') isSeen = observation.observe(exports, key, tell(addon)) || isSeen;
  }
  return isSeen;
}

/** Of an object, a class in it, its prototype. */
const DEPTH = 3;

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function tell(addon: string) {
  return (proceed: () => unknown): unknown => {
    listener?.(addon);
    return proceed();
  };
}
