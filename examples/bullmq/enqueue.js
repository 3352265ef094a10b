// Adds jobs:   node enqueue.js 40
import { Queue } from 'bullmq';

const count = Number(process.argv[2] ?? 40);
const mail = new Queue('mail', { connection: { url: process.env.REDIS_URL ?? 'redis://localhost:6379' } });

const jobs = Array.from({ length: count }, (_, customer) => ({
  name: 'welcome',
  data: { to: `customer${customer}@example.com` },
  opts: { removeOnComplete: true },
}));
await mail.addBulk(jobs);
await mail.close();
console.log(`added ${count} jobs to the queue "mail"`);
