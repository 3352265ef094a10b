// Threads that a mold has at the fork. Afterwards both processes have them, so each row runs in both.
import assert from 'node:assert/strict';
import { createHash, pbkdf2, randomBytes } from 'node:crypto';
import { lookup } from 'node:dns';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { gzip } from 'node:zlib';

const AT_WORK = new URL('./parts/at-work.js', import.meta.url);

export const carriedThreads = {
  'a live Worker, told to end': {
    mold: atWork,
    async run([worker]) {
      worker.postMessage('ping');
      assert.deepEqual(await once(worker, 'message'), ['ping back']);
      const exit = once(worker, 'exit');
      worker.postMessage('exit');
      assert.deepEqual(await exit, [3]);
    },
  },

  'a live Worker, terminated': {
    mold: atWork,
    async run([worker]) {
      assert.equal(await worker.terminate(), 1);
    },
  },

  'a live Worker, left alone': {
    mold: atWork,
    run([worker]) {
      worker.unref();
    },
  },

  'a spinning Worker, terminated': {
    async mold(context) {
      const [worker] = await atWork(context);
      worker.postMessage('spin');
      await once(worker, 'message');
      return worker;
    },
    async run(worker) {
      assert.equal(await worker.terminate(), 1);
    },
  },

  'a Worker in Atomics.wait': {
    async mold() {
      const cells = new Int32Array(new SharedArrayBuffer(8));
      const worker = new Worker(
        `const { parentPort, workerData } = require('node:worker_threads');
         parentPort.postMessage('waiting');
         Atomics.wait(workerData, 0, 0);
         parentPort.postMessage(Atomics.add(workerData, 1, 1));`,
        { eval: true, workerData: cells },
      );
      await once(worker, 'message');
      return { worker, cells };
    },
    async run({ worker, cells }) {
      Atomics.store(cells, 0, 1);
      Atomics.notify(cells, 0);
      const exit = once(worker, 'exit');
      // The memory is shared with this process's thread, but not with the other process.
      assert.deepEqual(await once(worker, 'message'), [0]);
      assert.deepEqual(await exit, [0]);
      assert.equal(cells[1], 1);
    },
  },

  '16 live Workers': {
    mold: (context) => atWork(context, 16),
    async run(workers) {
      const answers = workers.map((worker) => once(worker, 'message'));
      for (const [number, worker] of workers.entries()) worker.postMessage(number);
      assert.deepEqual(
        (await Promise.all(answers)).flat(),
        workers.map((_, number) => `${number} back`),
      );
      assert.ok((await Promise.all(workers.map((worker) => worker.terminate()))).every((code) => code === 1));
    },
  },

  '64 threads in the pool': {
    env: { UV_THREADPOOL_SIZE: '64' },
    mold: () => Promise.all(requests(64)),
    async run() {
      await Promise.all(requests(256));
    },
  },

  'requests in flight': {
    mold() {
      const counts = new Array(256).fill(0);
      const all = requests(counts.length, (number) => counts[number]++);
      return { counts, all };
    },
    async run({ counts, all }) {
      await Promise.all(all);
      await sleep(20);
      assert.ok(counts.every((count) => count === 1));
    },
  },
};

async function atWork({ directory }, count = 1) {
  const workers = Array.from({ length: count }, () => new Worker(AT_WORK, { workerData: { directory } }));
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  return workers;
}

/** Starts requests to the thread pool. */
function requests(count, onCompletion = () => {}) {
  const kinds = [
    (done) => pbkdf2('password', 'salt', 2000, 32, 'sha256', done),
    (done) => readFile('/proc/self/status', done),
    (done) => stat('/proc/self/maps', done),
    (done) => lookup('localhost', () => done()),
    (done) => gzip(createHash('sha256').update('text').digest(), done),
    (done) => randomBytes(100, done),
  ];
  return Array.from(
    { length: count },
    (_, number) =>
      new Promise((resolve, reject) => {
        kinds[number % kinds.length]((error) => {
          onCompletion(number);
          if (error) reject(error);
          else resolve();
        });
      }),
  );
}
