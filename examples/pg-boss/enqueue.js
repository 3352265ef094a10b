// Adds jobs:   node enqueue.js 40
import { openQueue } from './queue.js';

const count = Number(process.argv[2] ?? 40);
const boss = await openQueue();
const jobs = Array.from({ length: count }, (_, customer) => ({ data: { to: `customer${customer}@example.com` } }));
await boss.insert('mail', jobs);
await boss.stop();
console.log(`added ${count} jobs to the queue "mail"`);
