import { Queue, Worker } from 'bullmq5';
import { QUEUE, work } from './job.mjs';

const connection = { url: process.env.REDIS_URL };

export default function () {
  return new Worker(QUEUE, ({ data }) => work(data.number), {
    connection,
    concurrency: Number(process.env.CONCURRENCY ?? 1),
  });
}

export async function add(numbers) {
  const queue = new Queue(QUEUE, { connection });
  for (const number of numbers) await queue.add('welcome', { number });
  await queue.close();
}
