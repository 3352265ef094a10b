import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ownPid } from '../rows/parts/own-pid.js';

/** A log transport like pino's: a thread that takes lines from shared memory and writes them to a file. */
const TRANSPORT = `
  const { appendFileSync } = require('node:fs');
  const { parentPort, workerData: { length, bytes, path } } = require('node:worker_threads');
  let ended = false;
  parentPort.once('message', () => { ended = true; });
  parentPort.postMessage('up');
  const turn = () => {
    if (Atomics.wait(length, 0, 0, 5) !== 'timed-out') {
      appendFileSync(path, bytes.slice(0, Atomics.load(length, 0)));
      Atomics.store(length, 0, 0);
      Atomics.notify(length, 0);
    }
    if (!ended) setImmediate(turn);
  };
  turn();`;

export async function start({ directory }) {
  const path = join(directory, 'log');
  const length = new Int32Array(new SharedArrayBuffer(4));
  const bytes = new Uint8Array(new SharedArrayBuffer(1024));
  const worker = new Worker(TRANSPORT, { eval: true, workerData: { length, bytes, path } });
  await once(worker, 'message');

  /** Returns once the text is in the file: both processes would write what is still in memory at a fork. */
  const log = (text) => {
    bytes.set(Buffer.from(text));
    Atomics.store(length, 0, text.length);
    Atomics.notify(length, 0);
    Atomics.wait(length, 0, text.length);
  };
  const end = async () => {
    worker.postMessage('end');
    assert.deepEqual(await once(worker, 'exit'), [0]);
  };
  const expected = [];
  let count = 0;
  return {
    step() {
      expected.push(`mold ${count}`);
      log(`mold ${count++}\n`);
    },
    async child() {
      for (const word of ['hello', 'goodbye']) log(`${ownPid()} ${word}\n`);
      await end();
    },
    check(pids) {
      for (const pid of pids) expected.push(`${pid} hello`, `${pid} goodbye`);
      assert.deepEqual(readFileSync(path, 'utf8').trim().split('\n').sort(), expected.sort());
    },
    end,
  };
}
