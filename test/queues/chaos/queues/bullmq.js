import { fileURLToPath } from 'node:url';
import { Queue } from 'bullmq';
import { redis } from '../servers/redis.js';

/** BullMQ as the driver sees it. A worker that dies loses its locks after `lock` ms, and another takes the job. */
export const module = fileURLToPath(new URL('../jobs/bullmq.js', import.meta.url));
export const startServer = redis;
export const canStall = true;

export function environment(server) {
  return { REDIS_URL: server.url };
}

export async function connect(server) {
  const queue = new Queue('mail', { connection: { url: server.url } });
  // While the server is away.
  queue.on('error', () => {});
  await queue.waitUntilReady();
  return {
    enqueue: (orders, { first = false } = {}) =>
      queue.addBulk(
        orders.map((data) => ({ name: 'mail', data, opts: { jobId: `job-${data.job}`, attempts: 1, lifo: first } })),
      ),
    async left() {
      const { waiting, active, delayed, failed } = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed');
      return { waiting: waiting + delayed, active, failed };
    },
    // The stalled check of the other workers finds what they had.
    async buried() {},
    close: () => queue.close(),
  };
}
