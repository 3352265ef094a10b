import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { readFile } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { scheduler, setTimeout as sleep, setInterval as ticks, setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { block } from './parts/block.js';

export const timers = {
  async 'timers keep their order'() {
    const order = [];
    await new Promise((resolve) => {
      // Each timer starts when it is created. The delays differ enough even if a slow machine creates them far apart.
      setTimeout(resolve, 800);
      for (const delay of [400, 20, 200]) setTimeout(() => order.push(delay), delay);
      const interval = setInterval(() => {
        order.push('interval');
        clearInterval(interval);
      }, 600);
      clearTimeout(setTimeout(() => order.push('cleared'), 10));
      queueMicrotask(() => order.push('microtask'));
      process.nextTick(() => order.push('tick'));
    });
    // The function that queued them is itself called by a microtask.
    assert.deepEqual(order.splice(0, 2).sort(), ['microtask', 'tick']);
    assert.deepEqual(order, [20, 200, 400, 'interval']);
  },

  async 'timers/promises'() {
    assert.equal(await sleep(5, 'value'), 'value');
    assert.equal(await turn('value'), 'value');
    await scheduler.wait(5);
    let count = 0;
    for await (const value of ticks(2, 'tick')) {
      assert.equal(value, 'tick');
      if (++count === 5) break;
    }
    await assert.rejects(sleep(1_000_000, undefined, { signal: AbortSignal.timeout(5) }), { name: 'AbortError' });
  },

  'timers after the mold was blocked': {
    mold: () => block(2500),
    async run() {
      const start = performance.now();
      // Another thread, whose clock is independent of this event loop.
      const alarm = new Worker('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500)', { eval: true });
      const winner = await Promise.race([sleep(50, 'timer'), once(alarm, 'exit').then(() => 'alarm')]);
      assert.equal(winner, 'timer');
      // A timer may be slightly early, because the event loop counts in whole milliseconds.
      assert.ok(performance.now() - start > 45, 'it fired immediately');
      await alarm.terminate();
    },
  },

  async monitorEventLoopDelay() {
    const histogram = monitorEventLoopDelay({ resolution: 1 });
    histogram.enable();
    await sleep(5);
    block(60);
    while (histogram.max < 30e6) await sleep(5);
    histogram.disable();
    assert.ok(histogram.count > 0);
  },

  async AsyncLocalStorage() {
    const storage = new AsyncLocalStorage();
    const seen = await Promise.all(
      Array.from({ length: 50 }, (_, number) =>
        storage.run(number, async () => {
          await sleep(number % 5);
          await new Promise((resolve) => readFile('/dev/null', resolve));
          await new Promise((resolve) => setImmediate(resolve));
          return storage.getStore();
        }),
      ),
    );
    assert.deepEqual(seen, [...seen.keys()]);
  },

  async 'deep async stacks'() {
    const dive = async (depth) => {
      await null;
      if (depth === 0) throw new Error('from the ground');
      return await dive(depth - 1);
    };
    await assert.rejects(dive(20_000), /from the ground/);
    const error = await dive(5).catch((caught) => caught);
    assert.match(error.stack, /at async dive/);
    const endless = () => endless() + 1;
    assert.throws(endless, RangeError);
  },
};
