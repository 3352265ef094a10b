import { randomFillSync } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import vm from 'node:vm';
import { Observation } from '../../node/observation.ts';

/** Captured before draws are observed, so that creating a context does not count as a draw. */
const fill: typeof randomFillSync = randomFillSync;

/**
 * Runs in the context. Nothing in it may lead out of the context: the two sides share only the returned array.
 *
 * The generator is sfc32, as for the process's own Math.random.
 */
const REPLACE_RANDOM = `(() => {
  const state = new Int32Array(4);
  const next = () => {
    const sum = (((state[0] + state[1]) | 0) + state[3]) | 0;
    state[3] = (state[3] + 1) | 0;
    state[0] = state[1] ^ (state[1] >>> 9);
    state[1] = (state[2] + (state[2] << 3)) | 0;
    state[2] = (((state[2] << 21) | (state[2] >>> 11)) + sum) | 0;
    return sum;
  };
  Math.random = { random() { return ((next() >>> 5) * 0x4000000 + (next() >>> 6)) * 2 ** -53; } }.random;
  return state;
})()`;

/**
 * Finds vm contexts that are created from now on. The state of a context's Math.random is out of reach: all copies of
 * this process would continue the same sequence. So the context gets a Math.random that can be renewed.
 */
export class VmContexts {
  readonly #observation = new Observation();
  readonly #contexts = new WeakSet<vm.Context>();
  readonly #states = new Set<WeakRef<Int32Array>>();

  constructor() {
    this.#observation.observe(vm, 'createContext', (proceed) => {
      const context = proceed() as vm.Context;
      this.#replaceRandom(context);
      return context;
    });
    // vm.runInNewContext() calls this too. A script that it runs may return a function that draws.
    this.#observation.observe(vm.Script.prototype, 'runInNewContext', (proceed, script, [object, options]) => {
      if (options !== undefined && (typeof options !== 'object' || options === null)) return proceed();
      const context = vm.createContext(object as vm.Context | undefined, contextOptions(options ?? {}));
      return (script as vm.Script).runInContext(context, options);
    });
    // For modules that import it by name.
    syncBuiltinESMExports();
  }

  /** @returns a function to call in each copy */
  end(): () => void {
    this.#observation.end();
    syncBuiltinESMExports();
    return () => {
      for (const reference of this.#states) {
        const state = reference.deref();
        if (state) fill(state);
      }
    };
  }

  #replaceRandom(context: vm.Context): void {
    if (this.#contexts.has(context)) return;
    this.#contexts.add(context);
    try {
      const state = fill(vm.runInContext(REPLACE_RANDOM, context) as Int32Array);
      this.#states.add(new WeakRef(state));
    } catch {
      // The context has no Math, or one that cannot be changed.
    }
  }
}

/** Derives the options of the new context from those of the script, as Node does. */
function contextOptions(options: vm.RunningScriptInNewContextOptions): vm.CreateContextOptions {
  const { contextName: name, contextOrigin: origin, contextCodeGeneration: codeGeneration, microtaskMode } = options;
  const all = { name, origin, codeGeneration, microtaskMode };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
