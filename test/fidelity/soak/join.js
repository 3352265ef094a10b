import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

const SOURCES = {
  // Exits on 'leave', and echoes other messages.
  idle: 'parentPort.on("message", (word) => word === "leave" ? process.exit(3) : parentPort.postMessage(word));',
  waiting: 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);',
  // Spends half its time in JavaScript and half in the kernel.
  busy: `const cell = new Int32Array(new SharedArrayBuffer(4));
    while (true) {
      const end = performance.now() + 1;
      while (performance.now() < end);
      Atomics.wait(cell, 0, 0, 1);
    }`,
};

/** Worker threads of the mold, which the child ends and joins while they live on in the mold. */
export async function start({ random }) {
  const workers = Object.fromEntries(Object.entries(SOURCES).map(([kind, source]) => [kind, startWorker(source)]));
  await Promise.all(Object.values(workers).map((worker) => once(worker, 'message')));
  const end = async () => {
    const exits = Promise.all(Object.values(workers).map((worker) => once(worker, 'exit')));
    workers.idle.postMessage('leave');
    const codes = await Promise.all([workers.waiting.terminate(), workers.busy.terminate()]);
    assert.deepEqual(codes, [1, 1]);
    assert.deepEqual(await exits, [[3], [1], [1]]);
  };
  return {
    step: () => sleep(random() * 3),
    child: end,
    async check() {
      const answer = once(workers.idle, 'message');
      workers.idle.postMessage('ping');
      assert.deepEqual(await answer, ['ping']);
    },
    end,
  };
}

function startWorker(source) {
  return new Worker(`const { parentPort } = require('node:worker_threads'); parentPort.postMessage('up'); ${source}`, {
    eval: true,
  });
}
