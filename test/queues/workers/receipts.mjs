// At its end, each job adds another job, with a client that the module exports.
import { Queue, Worker } from 'bullmq';
import { QUEUE, work } from './job.mjs';

const connection = { url: process.env.REDIS_URL };

export const receipts = new Queue(`${QUEUE}-receipts`, { connection });

export default function () {
  return new Worker(
    QUEUE,
    async ({ data }) => {
      await work(data.number);
      await receipts.add('receipt', data);
    },
    { connection },
  );
}

export async function add(numbers) {
  const queue = new Queue(QUEUE, { connection });
  for (const number of numbers) await queue.add('welcome', { number });
  await Promise.all([queue.close(), receipts.close()]);
}
