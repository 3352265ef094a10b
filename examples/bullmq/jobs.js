import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'bullmq';

const connection = { url: process.env.REDIS_URL ?? 'redis://localhost:6379' };

/** swarm calls this in each worker. When the worker stops, swarm waits for its jobs and closes what this returns. */
export default function ({ worker }) {
  const mail = new Worker('mail', deliver, { connection, concurrency: 2 });
  mail.on('completed', ({ data }) => console.log(`worker ${worker.index}: mail to ${data.to} delivered`));
  mail.on('failed', (job, error) => console.error(`worker ${worker.index}: job ${job?.id} failed:`, error));
  mail.on('error', (error) => console.error(`worker ${worker.index}:`, error));
  return mail;
}

/** Simulates a slow mail server. */
async function deliver() {
  await sleep(200);
}
