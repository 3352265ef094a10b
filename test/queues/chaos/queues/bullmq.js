import { startRedis } from '../../../support/redis.js';

/** BullMQ for the driver. The locks of a dead worker expire, then another worker takes its jobs. */
export function define({ Queue }) {
  return {
    startServer: startRedis,
    /** Signals that stop the server without loss of data. */
    halts: ['SIGTERM', 'SIGKILL'],
    canStall: true,
    environment: (server) => ({ REDIS_URL: server.url }),
    connect: (server) => connect(Queue, server),
  };
}

async function connect(Queue, server) {
  const queue = new Queue('mail', { connection: { url: server.url } });
  // Ignore errors while the server is away.
  queue.on('error', () => {});
  await queue.waitUntilReady();
  return {
    enqueue: (orders, { first = false } = {}) =>
      queue.addBulk(orders.map((data) => ({ name: 'mail', data, opts: { jobId: idOf(data.job), lifo: first } }))),
    async left() {
      const { waiting, active, delayed, failed } = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed');
      return { waiting: waiting + delayed, active, failed };
    },
    /** Which of these jobs, done by a worker, are also done in Redis. */
    async recorded(jobs) {
      const client = await queue.client;
      const scores = await client.zmscore(queue.toKey('completed'), ...jobs.map(idOf));
      return jobs.filter((_, index) => scores[index] !== null);
    },
    // The stalled check of other workers finds the jobs of dead workers.
    async buried() {},
    close: () => queue.close(),
  };
}

function idOf(job) {
  return `job-${job}`;
}
