// Prints the state of the jobs of receipts.mjs: node counts.mjs
import { Queue } from 'bullmq';
import { QUEUE } from './job.mjs';

const connection = { url: process.env.REDIS_URL };
const counts = {};
for (const name of [QUEUE, `${QUEUE}-receipts`]) {
  const queue = new Queue(name, { connection });
  counts[name.replace(QUEUE, 'jobs')] = await queue.getJobCounts('completed', 'failed', 'active', 'waiting');
  await queue.close();
}
console.log(JSON.stringify(counts));
