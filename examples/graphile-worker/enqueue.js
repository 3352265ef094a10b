// Adds jobs:   node enqueue.js 40
import { makeWorkerUtils } from 'graphile-worker';

const count = Number(process.argv[2] ?? 40);
const utils = await makeWorkerUtils({ connectionString: process.env.DATABASE_URL ?? 'postgres:///swarm_example' });
await utils.migrate();
const jobs = Array.from({ length: count }, (_, customer) => ({
  identifier: 'mail',
  payload: { to: `customer${customer}@example.com` },
}));
await utils.addJobs(jobs);
await utils.release();
console.log(`added ${count} jobs to the queue`);
