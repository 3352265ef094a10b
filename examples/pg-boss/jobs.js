import { setTimeout as sleep } from 'node:timers/promises';
import { openQueue } from './queue.js';

/** swarm calls this in each worker. When the worker stops, swarm waits for its jobs and stops what this returns. */
export default async function ({ worker }) {
  const boss = await openQueue();
  await boss.work('mail', { pollingIntervalSeconds: 0.5, localConcurrency: 2 }, async ([{ data }]) => {
    await deliver();
    console.log(`worker ${worker.index}: mail to ${data.to} delivered`);
  });
  return boss;
}

/** Simulates a slow mail server. */
async function deliver() {
  await sleep(200);
}
