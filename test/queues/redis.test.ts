import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { PATIENCE } from '../support/processes.ts';
import { type Redis, redisIsInstalled, startRedis } from '../support/redis.js';
import { describeDraining } from './draining.ts';
import { has, Queue } from './queue.ts';

let redis: Redis | undefined;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.stop());

/** It blocks the connection of a worker until there is a job. */
async function waits(): Promise<void> {
  await vi.waitFor(async () => expect(await redis?.ask('info', 'clients')).toContain('blocked_clients:1'), PATIENCE);
}

const runs = has('Redis', redisIsInstalled());
const servers = () => ({ REDIS_URL: redis?.url });

describeDraining('BullMQ', { module: 'bullmq.mjs', named: /^Worker queue\w+: job 1 "welcome"$/, servers, runs, waits });
describeDraining('BullMQ 5', {
  module: 'bullmq5.mjs',
  named: /^Worker queue\w+: job 1 "welcome"$/,
  servers,
  runs,
  waits,
});
describeDraining('Bull', { module: 'bull.mjs', named: /^Queue queue\w+: job 1 "welcome"$/, servers, runs, waits });
describeDraining('Bee-Queue', { module: 'bee-queue.mjs', named: /^Queue queue\w+: a job$/, servers, runs, waits });
describeDraining('Bee-Queue 1', { module: 'bee-queue1.mjs', named: /^Queue queue\w+: a job$/, servers, runs, waits });

test.runIf(runs)('what a job uses to the end is closed after it: an exported Queue of BullMQ', async () => {
  const queue = await Queue.create('receipts.mjs', servers());
  await queue.add(1);
  const swarm = queue.work({ COUNT: '1' });
  await swarm.heard('begin');

  swarm.signal('SIGTERM');
  await swarm.event('worker.stop');
  await queue.release(1);

  expect(await swarm.exited).toEqual({ code: 0, signal: null });
  expect(JSON.parse(await queue.run('counts.mjs'))).toMatchObject({
    jobs: { completed: 1, failed: 0, active: 0 },
    'jobs-receipts': { waiting: 1 },
  });
});

test.runIf(runs)('a snapshot names the jobs in hand', async () => {
  const queue = await Queue.create('bullmq.mjs', servers());
  await queue.add(1, 2);
  const swarm = queue.work({ COUNT: '1', CONCURRENCY: '2' });
  await swarm.heard('begin', 2);

  process.kill(swarm.events('worker.start')[0]?.pid as number, 'SIGTTIN');

  expect((await swarm.event('worker.snapshot')).msg).toMatch(
    /busy with Worker queue\w+: job 1 "welcome", job 2 "welcome"; event loop/,
  );
});
