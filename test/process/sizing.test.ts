import { describe, expect, test } from 'vitest';
import { fixture, MODE, Swarm } from '../support/swarm.ts';

/** What the worker with that index says of its heap. */
async function heapOf(env: NodeJS.ProcessEnv): Promise<number> {
  const swarm = new Swarm(['-r', './heap.mjs'], { env: { COUNT: '1', ...env } });
  const [line = ''] = await swarm.heard('heap');
  return Number(line.split(' ')[2]);
}

describe('the heap of a worker', () => {
  // The young generation counts as well: 3 × 8 MB.
  test('has its limit from the memory that there is', async () => {
    const heap = await heapOf({ SWARM_MEMORY_MB: '512' });
    expect(heap).toBeGreaterThanOrEqual(384);
    expect(heap).toBeLessThan(384 + 32);
  });

  test('is larger in its young generation where there is a core and plenty of memory for each', async () => {
    const tight = await heapOf({ SWARM_MEMORY_MB: '512' });
    const roomy = await heapOf({ SWARM_MEMORY_MB: '1024' });
    expect(roomy - 768).toBeGreaterThan(tight - 384);
  });

  test('has the limit that was set with NODE_OPTIONS', async () => {
    const heap = await heapOf({ SWARM_MEMORY_MB: '512', NODE_OPTIONS: '--max-old-space-size=1000' });
    expect(heap).toBeGreaterThanOrEqual(1000);
  });
});

describe('the boot line', () => {
  test('says where the swarm runs, and what it may use', async () => {
    const swarm = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '2', INDEX: '6', SWARM_MEMORY_MB: '1000' } });
    const boot = await swarm.event('boot');
    const pattern = `^swarm boot: 2 workers within 1000 MB of \\d+ MB and \\d+ cores?, indexes 6 to 7, ${MODE} mode`;
    expect(boot.msg).toMatch(new RegExp(pattern));
    expect(boot).toMatchObject({ memory: 1000 * 1024 ** 2, max_memory: expect.any(Number) });
    await swarm.event('worker.ready', 2);
    expect(swarm.events('boot')).toHaveLength(1);
  });

  test('is followed by a warning where there are more workers than fit, and they are started', async () => {
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

/** Room for one worker if a mold has loaded as much as swarm expects, and for two if it has loaded nothing. */
const MEMORY_MB = '340';

describe('the number of workers', () => {
  test('is settled when the mold has loaded what it shares, and the indexes are too', async () => {
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

  test('is reckoned for workers that share nothing where they are spawned', async () => {
    const env = { SWARM_MEMORY_MB: MEMORY_MB, SWARM_MODE: 'spawn' };
    const swarm = new Swarm(['-r', './idle.mjs'], { env });
    expect(await swarm.event('boot')).toMatchObject({ workers: 1 });
  });

  test('and all else is reckoned anew where it shows that there can be no mold', async () => {
    const env = { SWARM_MODE: 'auto', SWARM_MEMORY_MB: '500', COUNT: '6' };
    const swarm = new Swarm(['-r', './idle.mjs'], {
      env: { ...env, NODE_OPTIONS: `--require=${fixture('ends-molds.cjs')}` },
    });
    // Twice 128 MB. For a forked worker it would be 2 × 96 MB, and its part of what is preloaded.
    expect(await swarm.event('boot')).toMatchObject({ mode: 'spawn', max_memory: 256 * 1024 ** 2 });
    expect(swarm.events('boot')[0]?.msg).toMatch(/spawn mode \(the mold ended with status 3 /);
    await swarm.event('worker.ready', 6);
  });
});
