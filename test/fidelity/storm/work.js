// Kinds of work to interrupt. Each takes a fraction of a millisecond, and always returns the same result.
import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import { runInNewContext } from 'node:vm';
import { expectedResult, wasmModule } from '../rows/parts/wasm.js';

const { instance } = await WebAssembly.instantiate(wasmModule(8));
const context = {};
const store = new AsyncLocalStorage();
let depth = 0;
createHook({
  before() {
    depth++;
  },
  after() {
    depth--;
  },
}).enable();

const text = 'the quick brown fox jumps over the lazy dog '.repeat(20);
const tree = { list: Array.from({ length: 60 }, (_, i) => ({ i, name: `n${i}`, deep: { flag: i % 3 === 0 } })) };

/** An object whose shape and values optimized code keeps between iterations of a loop. */
class Counter {
  count = 0;
  step = 1;
  get twice() {
    return this.count * 2;
  }
}

export const kinds = new Map(
  Object.entries({
    'a loop that V8 optimizes': function hoist() {
      const counter = new Counter();
      for (let i = 0; i < 20_000; i++) counter.count += counter.step;
      return counter.count;
    },

    'a regular expression that backtracks': function backtrack() {
      const [, letter] = /o(\w)/.exec(text);
      // This one does not match, so RegExp.$1 still belongs to the previous one.
      return [letter, /^(a+)+$/.test(`${'a'.repeat(14)}b`), RegExp.$1, RegExp.lastMatch];
    },

    'replacing with a function': function replace() {
      return text.replace(/\b(\w)(\w*)/g, (_, first, rest) => first.toUpperCase() + rest).length;
    },

    'a sticky expression': function stick() {
      const expression = /\w+\s/y;
      let count = 0;
      while (expression.test(text)) count += expression.lastIndex;
      return count;
    },

    'JSON with toJSON and a reviver': function json() {
      const written = JSON.stringify({ ...tree, toJSON: () => tree.list });
      return JSON.parse(written, (_, value) => (typeof value === 'number' ? value + 1 : value)).length + written.length;
    },

    'sorting with a function': function sort() {
      const numbers = Array.from({ length: 300 }, (_, i) => (i * 7919) % 1009);
      return numbers.sort(function compare(a, b) {
        return a - b;
      });
    },

    'getters, proxies and iterators': function access() {
      const counter = new Counter();
      const proxy = new Proxy(counter, { get: (target, key) => Reflect.get(target, key) });
      let sum = 0;
      for (const i of (function* count() {
        for (let i = 0; i < 200; i++) yield i;
      })()) {
        counter.count = i;
        sum += proxy.twice + counter.twice;
      }
      return sum;
    },

    garbage: function garbage() {
      let kept = [];
      for (let i = 0; i < 3000; i++) {
        kept.push({ i, text: `${i}` });
        if (kept.length > 100) kept = kept.slice(50);
      }
      return kept.map(({ text }) => text).join();
    },

    'weak references and maps': function weak() {
      const keys = Array.from({ length: 200 }, (_, i) => ({ i }));
      const map = new WeakMap(keys.map((key) => [key, new WeakRef(key)]));
      return keys.reduce((sum, key) => sum + map.get(key).deref().i, 0);
    },

    WebAssembly: function wasm() {
      let wrong = 0;
      for (let k = 0; k < 8; k++) wrong += instance.exports[`f${k}`](1000) === expectedResult(k, 1000) ? 0 : 1;
      return wrong;
    },

    'big integers': function bigint() {
      let product = 1n;
      for (let i = 1n; i < 200n; i++) product *= i;
      return product.toString().length;
    },

    exceptions: function exceptions() {
      let caught = 0;
      for (let i = 0; i < 100; i++) {
        try {
          (function fail() {
            throw new RangeError(String(i));
          })();
        } catch (error) {
          caught += Number(error.message) + (error.stack.includes('fail') ? 1 : 0);
        } finally {
          caught++;
        }
      }
      return caught;
    },

    'a function that is optimized and deoptimized': function deoptimize() {
      const add = new Function('a', 'b', 'return a + b');
      let sum = 0;
      for (let i = 0; i < 1000; i++) sum += add(i, 1);
      return add('a', sum);
    },

    'another context': function elsewhere() {
      return runInNewContext(
        '(() => { let sum = 0; for (let i = 0; i < 1000; i++) sum += i; return sum; })()',
        context,
      );
    },

    strings: function strings() {
      let rope = '';
      for (let i = 0; i < 500; i++) rope += text[i % text.length];
      return structuredClone({ rope, parts: rope.split(' '), where: rope.indexOf('lazy') });
    },

    async 'asynchronous functions and their hooks'() {
      const results = await Promise.all(
        [1, 2, 3].map((value) =>
          store.run(value, async () => {
            await null;
            for (let i = 0; i < 500; i++) if (store.getStore() !== value) return 'lost';
            await new Promise((resolve) => process.nextTick(resolve));
            return store.getStore();
          }),
        ),
      );
      return [results, depth >= 0];
    },
  }),
);
