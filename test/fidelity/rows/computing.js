import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import { collect } from './parts/collector.js';
import { expectedResult, wasmModule } from './parts/wasm.js';

export const computing = {
  async 'WebAssembly async compile'() {
    const bytes = wasmModule(400);
    const { instance } = await WebAssembly.instantiate(bytes);
    const modules = await Promise.all([WebAssembly.compile(bytes), WebAssembly.compile(wasmModule(300))]);
    assert.deepEqual(
      modules.map((module) => WebAssembly.Module.exports(module).length),
      [400, 300],
    );
    // Hot enough for the optimizing compiler.
    for (const k of [0, 1, 200, 399]) {
      for (let round = 0; round < 50; round++) instance.exports[`f${k}`](2000);
      assert.equal(instance.exports[`f${k}`](20_000), expectedResult(k, 20_000));
    }
  },

  'JIT-hot loop'() {
    class Point {
      constructor(x, y) {
        this.x = x;
        this.y = y;
      }
      plus(other) {
        return new Point((this.x + other.x) | 0, (this.y + other.y) | 0);
      }
    }
    const step = new Point(1, 3);
    let sum = new Point(0, 0);
    for (let i = 0; i < 10_000_000; i++) sum = sum.plus(step);
    assert.deepEqual([sum.x, sum.y], [10_000_000, 30_000_000]);
    // Invalidates the assumptions of the optimized code.
    sum = sum.plus({ x: 0.5, y: 'text' });
    assert.deepEqual([sum.x, sum.y], [10_000_000, 0]);
  },

  '3 M allocations with GC'() {
    const kept = new Array(100_000);
    for (let i = 0; i < 3_000_000; i++) {
      kept[i % kept.length] = { i, next: kept[(i * 7) % kept.length]?.i, text: `n${i}` };
    }
    collect();
    for (let i = 2_900_000; i < 3_000_000; i++) {
      const { i: number, text } = kept[i % kept.length];
      assert.ok(number === i && text === `n${i}`);
    }
  },

  'memory that is freed'() {
    const before = getHeapStatistics().used_heap_size;
    let ballast = Array.from({ length: 2_000_000 }, (_, i) => [i]);
    assert.ok(getHeapStatistics().used_heap_size > before + 30e6);
    assert.equal(ballast.length, 2_000_000);
    ballast = undefined;
    collect();
    assert.ok(getHeapStatistics().used_heap_size < before + 10e6);
  },

  async FinalizationRegistry() {
    const collected = [];
    const registry = new FinalizationRegistry((name) => collected.push(name));
    (() => registry.register({ large: new Array(1000) }, 'name'))();
    while (collected.length === 0) {
      collect();
      await turn();
    }
    assert.deepEqual(collected, ['name']);
  },

  'WeakRef and WeakMap'() {
    const map = new WeakMap();
    const key = {};
    map.set(key, 'value');
    const reference = new WeakRef(key);
    collect();
    assert.equal(map.get(reference.deref()), 'value');
  },
};
