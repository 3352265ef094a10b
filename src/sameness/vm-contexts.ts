import { randomFillSync } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import vm from 'node:vm';
import { Observation } from './observation.ts';

/**
 * Runs in the context. Nothing in there may lead out of it: what is returned is the only thing that both sides have.
 *
 * It is sfc32, as for Math.random of the process.
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
 * The vm contexts that are made from now on. Each has a Math.random with a state of its own, which cannot be reached: all
 * copies of this process would go on with the same numbers. So it gets one that can be renewed.
 */
export class VmContexts {
  readonly #observation = new Observation();
  readonly #states = new Set<WeakRef<Int32Array>>();

  constructor() {
    this.#observation.observe(vm, 'createContext', (proceed, _self, args) => {
      const isNew = !isContext(args[0]);
      const context = proceed();
      if (isNew) this.#replaceRandom(context as vm.Context);
      return context;
    });
    // For those who import it by name.
    syncBuiltinESMExports();
  }

  /** @returns what is left to do in each copy */
  end(): () => void {
    this.#observation.end();
    syncBuiltinESMExports();
    return () => {
      for (const reference of this.#states) {
        const state = reference.deref();
        if (state) randomFillSync(state);
      }
    };
  }

  #replaceRandom(context: vm.Context): void {
    try {
      const state = randomFillSync(vm.runInContext(REPLACE_RANDOM, context) as Int32Array);
      this.#states.add(new WeakRef(state));
    } catch {
      // It has no Math, or one that cannot be changed.
    }
  }
}

function isContext(value: unknown): boolean {
  return typeof value === 'object' && value !== null && vm.isContext(value);
}
