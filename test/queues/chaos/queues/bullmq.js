import { startRedis } from '../../../support/redis.js';

/** BullMQ as the driver sees it. A worker that dies loses its locks some time later, and another takes the job. */
export function define({ Queue }) {
  return {
    startServer: startRedis,
    /** The signals that take it away, and leave what it has. */
    halts: ['SIGTERM', 'SIGKILL'],
    canStall: true,
    environment: (server) => ({ REDIS_URL: server.url }),
    connect: (server) => connect(Queue, server),
  };
}

async function connect(Queue, server) {
  const queue = new Queue('mail', { connection: { url: server.url } });
  // While the server is away.
  queue.on('error', () => {});
  await queue.waitUntilReady();
  return {
    enqueue: (orders, { first = false } = {}) =>
      queue.addBulk(orders.map((data) => ({ name: 'mail', data, opts: { jobId: `job-${data.job}`, lifo: first } }))),
    async left() {
      const { waiting, active, delayed, failed } = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed');
      return { waiting: waiting + delayed, active, failed };
    },
    // The stalled check of the other workers finds what they had.
    async buried() {},
    close: () => queue.close(),
  };
}
