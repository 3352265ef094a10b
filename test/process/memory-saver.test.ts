import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { NODE, Swarm } from '../support/swarm.ts';

/** The first V8 that keeps freed pages; up to Node 22, V8 always returns them to the system. */
const KEEPS_PAGES = 13;
const V8 = Number.parseInt(execFileSync(NODE, ['-p', 'process.versions.v8'], { encoding: 'utf8' }), 10);

/** The number of full collections to observe. */
const COLLECTIONS = 3;

/** For each full collection of a busy worker: whether it returned as much memory as possible. */
async function reducesMemory(env: NodeJS.ProcessEnv): Promise<boolean[]> {
  // Without the flag an idle worker reduces its memory, and this one is idle while it waits for a core.
  const flags = ['--trace-gc', '--no-memory-reducer'];
  const swarm = new Swarm(['-r', './garbage.mjs'], { env: { SWARM_MODE: 'fork', COUNT: '1', ...env }, flags });
  const { pid } = await swarm.event('worker.ready');
  const traces = () => swarm.lines.filter((line) => line.startsWith(`[${pid}:`) && line.includes('Mark-Compact'));
  await swarm.until(`${COLLECTIONS} full collections`, () => traces().length >= COLLECTIONS);
  return traces().map((trace) => trace.includes('(reduce)'));
}

test.runIf(V8 >= KEEPS_PAGES)('full collections of a busy worker return memory when memory is short', async () => {
  expect(await reducesMemory({ SWARM_MEMORY_MB: '512' })).toContain(true);
});

test('full collections of a busy worker spend no time on returning memory when there is plenty', async () => {
  expect(await reducesMemory({ SWARM_MEMORY_MB: '1024' })).not.toContain(true);
});
