import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { NODE, Swarm } from '../support/swarm.ts';

/** Up to Node 22, V8 returns memory to the system in any case. */
const KEEPS_PAGES = 13;
const V8 = Number.parseInt(execFileSync(NODE, ['-p', 'process.versions.v8'], { encoding: 'utf8' }), 10);

/** So many full collections of a busy worker are looked at. */
const COLLECTIONS = 3;

/** For each full collection of a busy worker, whether it gave back as much memory as possible. */
async function reducesMemory(env: NodeJS.ProcessEnv): Promise<boolean[]> {
  // At rest every worker reduces its memory, and this one may have to wait for a core.
  const flags = ['--trace-gc', '--no-memory-reducer'];
  const swarm = new Swarm(['-r', './garbage.mjs'], { env: { SWARM_MODE: 'fork', COUNT: '1', ...env }, flags });
  const { pid } = await swarm.event('worker.ready');
  const traces = () => swarm.lines.filter((line) => line.startsWith(`[${pid}:`) && line.includes('Mark-Compact'));
  await swarm.until(`${COLLECTIONS} full collections`, () => traces().length >= COLLECTIONS);
  return traces().map((trace) => trace.includes('(reduce)'));
}

test.runIf(V8 >= KEEPS_PAGES)('full collections of a busy worker give memory back where it is short', async () => {
  expect(await reducesMemory({ SWARM_MEMORY_MB: '512' })).toContain(true);
});

test('they spend no time on that where there is plenty of memory', async () => {
  expect(await reducesMemory({ SWARM_MEMORY_MB: '1024' })).not.toContain(true);
});
