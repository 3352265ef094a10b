import Queue from 'bee-queue';
import { QUEUE, work } from './job.mjs';

const redis = process.env.REDIS_URL;

export default function () {
  const queue = new Queue(QUEUE, { redis });
  queue.process(({ data }) => work(data.number));
  return queue;
}

export async function add(numbers) {
  const queue = new Queue(QUEUE, { redis, isWorker: false });
  for (const number of numbers) await queue.createJob({ number }).save();
  await queue.close();
}
