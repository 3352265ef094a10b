import assert from 'node:assert/strict';
import { once } from 'node:events';
import { BroadcastChannel, MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { expectedResult } from './parts/wasm.js';

const AT_WORK = new URL('./parts/at-work.js', import.meta.url);

export const workers = {
  async 'worker_threads with CPU work and fs'({ directory }) {
    const crew = Array.from({ length: 4 }, () => new Worker(AT_WORK, { workerData: { directory } }));
    const expected = { file: '4b007901b765489abead49d926f721d065a429c1', result: expectedResult(7, 3_000_000) };
    for (const [message] of await Promise.all(crew.map((worker) => once(worker, 'message')))) {
      assert.deepEqual(message, expected);
    }
    const exits = Promise.all(crew.map((worker) => once(worker, 'exit')));
    for (const worker of crew) worker.postMessage('close');
    assert.deepEqual(await exits, [[0], [0], [0], [0]]);
  },

  async 'worker_threads: terminate and exit'({ directory }) {
    const [spinning, exiting] = [0, 1].map(() => new Worker(AT_WORK, { workerData: { directory } }));
    await Promise.all([once(spinning, 'message'), once(exiting, 'message')]);
    const exit = once(exiting, 'exit');
    exiting.postMessage('exit');
    assert.deepEqual(await exit, [3]);
    spinning.postMessage('spin');
    assert.deepEqual(await once(spinning, 'message'), ['spinning']);
    assert.equal(await spinning.terminate(), 1);
  },

  async 'worker_threads: an error arrives'() {
    const worker = new Worker('throw new RangeError("from the thread")', { eval: true });
    const [error] = await once(worker, 'error');
    assert.ok(error instanceof RangeError && error.message === 'from the thread');
  },

  async 'worker_threads: transfer and share'() {
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads');
       parentPort.once('message', ({ shared, moved }) => {
         Atomics.add(shared, 0, moved[0]);
         parentPort.postMessage(moved, [moved.buffer]);
       });`,
      { eval: true },
    );
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const moved = Int32Array.from([41]);
    worker.postMessage({ shared, moved }, [moved.buffer]);
    assert.equal(moved.length, 0);
    const [[back]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
    assert.deepEqual([shared[0], back[0]], [41, 41]);
  },

  async 'Atomics.waitAsync'() {
    const cell = new Int32Array(new SharedArrayBuffer(4));
    // Waiting does not keep the event loop alive.
    const alive = setInterval(() => {}, 1000);
    const woken = Atomics.waitAsync(cell, 0, 0);
    const timedOut = Atomics.waitAsync(cell, 0, 0, 30);
    assert.equal(await timedOut.value, 'timed-out');
    new Worker('const { workerData } = require("node:worker_threads"); Atomics.notify(workerData, 0)', {
      eval: true,
      workerData: cell,
    });
    assert.equal(await woken.value, 'ok');
    clearInterval(alive);
  },

  async MessageChannel() {
    const { port1, port2 } = new MessageChannel();
    const message = once(port2, 'message');
    port1.postMessage({ map: new Map([[1, new Date(0)]]) });
    assert.deepEqual((await message)[0], { map: new Map([[1, new Date(0)]]) });
    port2.postMessage('sync');
    assert.deepEqual(receiveMessageOnPort(port1), { message: 'sync' });
    port1.close();
  },

  async BroadcastChannel() {
    const [one, other] = [new BroadcastChannel('news'), new BroadcastChannel('news')];
    const heard = new Promise((resolve) => {
      other.onmessage = ({ data }) => resolve(data);
    });
    const worker = new Worker(
      `const channel = new (require('node:worker_threads').BroadcastChannel)('news');
       channel.postMessage('from a thread'); channel.close();`,
      { eval: true },
    );
    const exit = once(worker, 'exit');
    assert.equal(await heard, 'from a thread');
    await exit;
    one.close();
    other.close();
  },
};
