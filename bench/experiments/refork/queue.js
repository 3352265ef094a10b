// A BullMQ worker as in README.md, with a queue to which its jobs add.
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { openLink } from '../../app/link.js';
import { perform } from '../../app/work.js';

const connection = { url: process.env.REDIS_URL, maxRetriesPerRequest: null };

export default function main({ onStop }) {
  const redis = new Redis(process.env.REDIS_URL);
  onStop(() => redis.quit());
  const receipts = new Queue('receipts', { connection });
  const tokens = new Set();
  const work = async (job, token) => {
    tokens.add(token);
    await perform(job.data.number);
    await receipts.add('receipt', { order: job.data.number });
    await redis.rpush('done', job.data.number);
  };
  const orders = new Worker('orders', work, { connection, concurrency: 2 });
  const link = openLink({ state: () => ({ id: orders.id, tokens: [...tokens] }) });
  return [orders, receipts, link];
}
