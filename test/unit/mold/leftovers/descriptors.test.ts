import { once } from 'node:events';
import { closeSync, openSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { lastingFiles, openDescriptors } from '../../../../src/mold/leftovers/descriptors.ts';

const OWN = fileURLToPath(import.meta.url);

function nameOf(fd: number): string {
  return `${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`;
}

it('a file that a thread is just reading does not last, but one that stays open does', async () => {
  const kept = nameOf(openSync(OWN, 'r'));
  const asked = new Int32Array(new SharedArrayBuffer(4));
  const thread = new Worker(
    `const fs = require('node:fs');
    const fd = fs.openSync(${JSON.stringify(OWN)});
    const { parentPort, workerData: asked } = require('node:worker_threads');
    parentPort.postMessage(fd);
    Atomics.wait(asked, 0, 0);
    fs.closeSync(fd);`,
    { eval: true, workerData: asked },
  );
  const [fd] = (await once(thread, 'message')) as [number];
  const read = nameOf(fd);
  expect(openDescriptors().has(read)).toBe(true);
  Atomics.store(asked, 0, 1);
  Atomics.notify(asked, 0);
  expect(lastingFiles([read, kept])).toEqual(new Set([kept]));
  expect(openDescriptors().has(kept)).toBe(true);
  closeSync(Number.parseInt(kept, 10));
  expect(openDescriptors().has(kept)).toBe(false);
});
