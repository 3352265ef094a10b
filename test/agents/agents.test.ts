import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { has } from '../support/needs.ts';
import { startRedis } from '../support/redis.js';
import { MODE, NODE } from '../support/swarm.ts';
import { run, WORKERS } from './run.js';

let redis: Awaited<ReturnType<typeof startRedis>>;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

/** One agent of each kind. `npm run test:agents` runs all of them. */
describe.runIf(MODE === 'fork' && has('Redis', 'agents of monitoring services'))('an agent in forked workers', () => {
  test.each([
    // It is loaded before the fork and starts in each worker.
    ['sentry', 'setup file, CommonJS', 'SWARM_PRELOAD=./instrument.cjs,auto'],
    // It starts before the fork.
    ['opentelemetry', 'SWARM_PRELOAD=file,auto', undefined],
    // It must start in each worker, before anything else.
    ['newrelic', '--require', 'reports for one process'],
  ])('reports the same as in spawned ones: %s, %s', async (agent, way, line) => {
    const cell = { agent, way, redis: redis.url, node: NODE };
    const spawned = await run({ ...cell, mode: 'spawn' });
    const forked = await run({ ...cell, mode: 'fork' });
    expect(spawned?.told).toContainEqual(expect.stringMatching(/^span .*\/hello\/:name/));
    expect(forked?.told).toEqual(spawned?.told);
    expect(forked).toMatchObject({ instances: WORKERS, strangePids: [], sharedConnections: 0, commonIds: 0 });
    const remarks = forked?.log.filter(({ level, event }) => level === 'warn' && event === 'preload') ?? [];
    expect(remarks.map(({ msg }) => msg)).toEqual(line === undefined ? [] : [expect.stringContaining(line)]);
  });
});
