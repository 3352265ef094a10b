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
    // swarm handles the signals.
    noHandleSignals: true,
    // Record each job as done immediately. Otherwise 0.18 would do the last jobs before a stop again.
    preset: { worker: { completeJobBatchDelay: 0 } },
  });
}

/** Simulates a slow mail server. */
async function deliver() {
  await sleep(200);
}
