import { introduce, perform } from '../../record.js';

const { CONCURRENCY, LOCK_MS, REDIS_URL } = process.env;

/** @param {import('bullmq').Worker} Worker of the version that the importing module chooses */
export function mail(Worker, { worker }) {
  const mail = new Worker('mail', (job, token) => perform(job.data, { token, worker: mail.id }), {
    connection: { url: REDIS_URL },
    concurrency: Number(CONCURRENCY),
    lockDuration: Number(LOCK_MS),
    stalledInterval: Number(LOCK_MS) / 2,
    // Incidents can hit the same job repeatedly.
    maxStalledCount: 1000,
  });
  introduce(mail.id);
  mail.on('error', (error) => console.error(`worker ${worker.index}: ${error.message}`));
  return mail;
}
