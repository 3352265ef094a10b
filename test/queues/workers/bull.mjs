import Queue from 'bull';
import { QUEUE, work } from './job.mjs';

export default function () {
  const queue = new Queue(QUEUE, process.env.REDIS_URL);
  queue.process('welcome', ({ data }) => work(data.number));
  return queue;
}

export async function add(numbers) {
  const queue = new Queue(QUEUE, process.env.REDIS_URL);
  for (const number of numbers) await queue.add('welcome', { number });
  await queue.close();
}
