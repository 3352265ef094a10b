import { describe, expect, test } from 'vitest';
import { fixture, MODE, Swarm } from '../support/swarm.ts';

/** The heap limit that a worker reports, in MB. */
async function heapOf(env: NodeJS.ProcessEnv): Promise<number> {
  const swarm = new Swarm(['-r', './heap.mjs'], { env: { COUNT: '1', ...env } });
  const [line = ''] = await swarm.heard('heap');
  return Number(line.split(' ')[2]);
}

describe('the heap of a worker', () => {
  // The limit includes the young generation: 3 × 8 MB.
  test('has a limit that follows from the available memory', async () => {
    const heap = await heapOf({ SWARM_MEMORY_MB: '512' });
    expect(heap).toBeGreaterThanOrEqual(384);
    expect(heap).toBeLessThan(384 + 32);
  });

  test('has a larger young generation if each worker has a core and plenty of memory', async () => {
    const tight = await heapOf({ SWARM_MEMORY_MB: '512' });
    const roomy = await heapOf({ SWARM_MEMORY_MB: '1024' });
    expect(roomy - 768).toBeGreaterThan(tight - 384);
  });

  test('has the limit that NODE_OPTIONS sets', async () => {
    const heap = await heapOf({ SWARM_MEMORY_MB: '512', NODE_OPTIONS: '--max-old-space-size=1000' });
    expect(heap).toBeGreaterThanOrEqual(1000);
  });
});

describe('the boot line', () => {
  test('says what the swarm runs on, and how much of it the swarm can use', async () => {
    const swarm = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '2', INDEX: '6', SWARM_MEMORY_MB: '1000' } });
    const boot = await swarm.event('boot');
    const pattern = `^swarm boot: 2 workers within 1000 MB of \\d+ MB and \\d+ cores?, indexes 6 to 7, ${MODE} mode`;
    expect(boot.msg).toMatch(new RegExp(pattern));
    expect(boot).toMatchObject({ memory: 1000 * 1024 ** 2, max_memory: expect.any(Number) });
    await swarm.event('worker.ready', 2);
    expect(swarm.events('boot')).toHaveLength(1);
  });

  test('is followed by a warning if more workers start than fit', async () => {
    const swarm = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '3', SWARM_MEMORY_MB: '250' } });
    expect(await swarm.event('boot', 2)).toMatchObject({
      level: 'warn',
      msg: expect.stringMatching(
        /^3 workers may be too many, and swarm starts them all the same: 1 fits into the memory/,
      ),
    });
    await swarm.event('worker.ready', 3);
  });
});

/** Enough for one worker if the mold loads as much as swarm expects, and for two if it loads nothing. */
const MEMORY_MB = '340';

describe('the number of workers', () => {
  test('is settled once the mold has preloaded, as are the indexes', async () => {
    const env = {
      SWARM_MODE: 'fork',
      SWARM_MEMORY_MB: MEMORY_MB,
      INDEX: 'dyno',
      DYNO: 'worker.3',
      SWARM_LOG_FORMAT: 'json',
    };
    const plan = new Swarm(['plan'], { env });
    await plan.exited;
    expect(plan.lines[0]).toMatch(/^swarm would run 1 worker /);
    const swarm = new Swarm(['-r', './environment.mjs'], { env });
    expect(await swarm.event('boot')).toMatchObject({ workers: 2, index: 4 });
    const said = await swarm.heard('environment', 2);
    const seen = said.map((line) => JSON.parse(line.replace(/^environment \d+ /, '')).worker);
    expect(seen.map(({ index, count }) => [index, count]).sort()).toEqual([
      [4, 2],
      [5, 2],
    ]);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
  });

  test('is computed without shared memory if workers are spawned', async () => {
    const env = { SWARM_MEMORY_MB: MEMORY_MB, SWARM_MODE: 'spawn' };
    const swarm = new Swarm(['-r', './idle.mjs'], { env });
    expect(await swarm.event('boot')).toMatchObject({ workers: 1 });
  });

  test('and every other size are computed again if the mold fails', async () => {
    const env = { SWARM_MODE: 'auto', SWARM_MEMORY_MB: '500', COUNT: '6' };
    const swarm = new Swarm(['-r', './idle.mjs'], {
      env: { ...env, NODE_OPTIONS: `--require=${fixture('ends-molds.cjs')}` },
    });
    // Twice 128 MB. For a forked worker it would be 2 × 96 MB plus its part of the preloaded memory.
    expect(await swarm.event('boot')).toMatchObject({ mode: 'spawn', max_memory: 256 * 1024 ** 2 });
    expect(swarm.events('boot')[0]?.msg).toMatch(/spawn mode \(the mold ended with status 3 /);
    await swarm.event('worker.ready', 6);
  });
});
