import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readBootTime, readTimes } from '../../../src/machine/process-use.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

/** Has a process name that could be mistaken for other fields. */
const STAT = '42 (swarm worker) 1 2) S 1 42 42 0 -1 4194560 99 0 0 0 150 25 0 0 20 0 7 0 12345 1 1';

test('CPU time and start time are read from the kernel', async () => {
  const root = await temporaryDirectory();
  await mkdir(join(root, 'proc/42'), { recursive: true });
  await writeFile(join(root, 'proc/stat'), 'cpu 1 2 3\nctxt 5\nbtime 1800000000\nprocesses 9\n');
  await writeFile(join(root, 'proc/42/stat'), STAT);
  const bootedAt = await readBootTime(root);
  expect(await readTimes(42, bootedAt, root)).toEqual({ cpu: 1.75, startedAt: 1_800_000_123.45 });
  expect(await readTimes(43, bootedAt, root)).toBeUndefined();
});

test('without /proc, nothing is known', async () => {
  const root = await temporaryDirectory();
  expect(await readTimes(process.pid, await readBootTime(root), root)).toBeUndefined();
});
