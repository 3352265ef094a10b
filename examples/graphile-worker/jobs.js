import { setTimeout as sleep } from 'node:timers/promises';
import { run } from 'graphile-worker';

/** swarm calls this in each worker. When the worker stops, swarm waits for its jobs and stops what this returns. */
export default function ({ worker }) {
  return run({
    connectionString: process.env.DATABASE_URL ?? 'postgres:///swarm_example',
    concurrency: 2,
    taskList: {
      async mail({ to }) {
        await deliver();
        console.log(`worker ${worker.index}: mail to ${to} delivered`);
      },
    },
    // The signals are swarm's business.
    noHandleSignals: true,
    // Each job is recorded as done at once. With 0.18, the last ones before a stop would otherwise be done again.
    preset: { worker: { completeJobBatchDelay: 0 } },
  });
}

/** As if the mail server took its time. */
async function deliver() {
  await sleep(200);
}
