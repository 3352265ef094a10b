// Runs generations of BullMQ workers, each forked from a worker that was stopped while it had jobs.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { startRedis } from '../../../test/support/redis.js';
import { Driver } from './driver.js';

const MODULE = join(import.meta.dirname, 'queue.js');

export async function workQueue({ count, jobs, generations, ...options }) {
  const redis = await startRedis();
  const queue = new Queue('orders', { connection: { url: redis.url } });
  await queue.waitUntilReady();
  const driver = new Driver();
  try {
    await driver.boot({ ...options, module: MODULE, environment: { REDIS_URL: redis.url } });
    const own = await clients(redis);
    const tokens = [];
    for (let generation = 1; generation <= generations; generation += 1) {
      await driver.fork(count);
      await queue.addBulk(numbered(generation, jobs));
      // The next generation, if there is one, does the rest.
      await done(redis, queue, generation < generations ? (generation - 1 / 2) * jobs : generation * jobs);
      const states = await driver.ask('state');
      tokens.push(...states.flatMap((state) => state.tokens));
      if (generation === generations) continue;
      const { times, refused } = await driver.promote(driver.workers[0], { gently: true });
      if (refused) throw new Error(`the worker cannot become a mold: ${refused}`);
      console.log(
        `BullMQ: a worker of generation ${generation} became a mold ${times.all.toFixed(0)} ms after TERM ` +
          `(drain ${times.drain.toFixed(0)}, garbage ${times.collect.toFixed(0)}); connections left to Redis: ${(await clients(redis)) - own}`,
      );
    }
    const finished = (await redis.ask('lrange', 'done', '0', '-1')).trim().split('\n');
    const counts = await queue.getJobCounts('completed', 'failed', 'active', 'waiting');
    console.log(
      `BullMQ: ${finished.length} jobs of ${jobs * generations} done, ${new Set(finished).size} different ones; ` +
        `${JSON.stringify(counts)}; ${tokens.length} lock tokens, ${new Set(tokens).size} different ones`,
    );
  } finally {
    await driver.end();
    await queue.close();
    await redis.stop();
  }
}

function numbered(generation, jobs) {
  return Array.from({ length: jobs }, (_, index) => ({
    name: 'order',
    data: { number: (generation - 1) * jobs + index },
  }));
}

async function done(redis, queue, count) {
  while (Number(await redis.ask('llen', 'done')) < count) {
    const [failed] = await queue.getFailed(0, 0);
    if (failed) throw new Error(failed.stacktrace[0]);
    await sleep(50);
  }
}

async function clients(redis) {
  return (await redis.ask('client', 'list')).trim().split('\n').length;
}
