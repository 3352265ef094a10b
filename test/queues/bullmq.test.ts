import { expect, test } from 'vitest';
import { describeDraining } from './draining.ts';
import { Queue } from './queue.ts';
import { withRedis } from './with-redis.ts';

const redis = withRedis();
const { runs, servers } = redis;

describeDraining('BullMQ', { module: 'bullmq.mjs', named: /^Worker queue\w+: job 1 "welcome"$/, ...redis });

test.runIf(runs)('an exported Queue of BullMQ is closed only after the last job that uses it', async () => {
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

test.runIf(runs)('a snapshot names the current jobs', async () => {
  const queue = await Queue.create('bullmq.mjs', servers());
  await queue.add(1, 2);
  const swarm = queue.work({ COUNT: '1', CONCURRENCY: '2' });
  await swarm.heard('begin', 2);

  process.kill(swarm.events('worker.start')[0]?.pid as number, 'SIGTTIN');

  expect((await swarm.event('worker.snapshot')).msg).toMatch(
    /busy with Worker queue\w+: job 1 "welcome", job 2 "welcome"; event loop/,
  );
});
