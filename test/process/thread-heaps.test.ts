import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { FIXTURES, NODE, Swarm } from '../support/swarm.ts';

/** Heap limits in MB: of a worker, of its thread without limits, and of its thread limited to 32 + 8 MB. */
async function heapsIn(env: NodeJS.ProcessEnv): Promise<[own: number, thread: number, limited: number]> {
  const swarm = new Swarm(['-r', './thread-heaps.mjs'], { env: { COUNT: '1', SWARM_MEMORY_MB: '512', ...env } });
  const [line = ''] = await swarm.heard('heaps');
  return line.split(' ').slice(2).map(Number) as [number, number, number];
}

test('threads have the heap limit of plain Node, whatever limit swarm sets for the worker', async () => {
  const script = 'console.log(Math.floor(v8.getHeapStatistics().heap_size_limit / 1024 ** 2))';
  const plain = Number(execFileSync(NODE, ['-e', script], { cwd: FIXTURES, encoding: 'utf8' }));
  const [own, thread, limited] = await heapsIn({});
  expect(own).toBeLessThan(384 + 32);
  expect(thread).toBe(plain);
  expect(limited).toBeGreaterThanOrEqual(32);
  expect(limited).toBeLessThan(32 + 32);
});

test('a heap limit in NODE_OPTIONS also applies to threads, as in plain Node', async () => {
  const [own, thread, limited] = await heapsIn({ NODE_OPTIONS: '--max-old-space-size=300' });
  expect([own, thread, limited].map((limit) => limit >= 300 && limit < 600)).toEqual([true, true, true]);
});
