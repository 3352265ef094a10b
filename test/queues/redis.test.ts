import { describeDraining } from './draining.ts';
import { withRedis } from './with-redis.ts';

const redis = withRedis();

describeDraining('BullMQ 5', { module: 'bullmq5.mjs', named: /^Worker queue\w+: job 1 "welcome"$/, ...redis });
describeDraining('Bull', { module: 'bull.mjs', named: /^Queue queue\w+: job 1 "welcome"$/, ...redis });
describeDraining('Bee-Queue', { module: 'bee-queue.mjs', named: /^Queue queue\w+: a job$/, ...redis });
describeDraining('Bee-Queue 1', { module: 'bee-queue1.mjs', named: /^Queue queue\w+: a job$/, ...redis });
