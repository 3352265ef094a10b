import { afterAll, beforeAll } from 'vitest';
import { type Redis, startRedis } from '../support/redis.ts';
import { describeDraining } from './draining.ts';

let redis: Redis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const servers = () => ({ REDIS_URL: redis.url });

describeDraining('BullMQ', { module: 'bullmq.mjs', named: /^Worker queue\w+: job 1 "welcome"$/, servers });
describeDraining('BullMQ 5', { module: 'bullmq5.mjs', named: /^Worker queue\w+: job 1 "welcome"$/, servers });
describeDraining('Bull', { module: 'bull.mjs', named: /^Queue queue\w+: job 1 "welcome"$/, servers });
describeDraining('Bee-Queue', { module: 'bee-queue.mjs', named: /^Queue queue\w+: a job$/, servers });
describeDraining('Bee-Queue 1', { module: 'bee-queue1.mjs', named: /^Queue queue\w+: a job$/, servers });
