import { setTimeout as sleep } from 'node:timers/promises';
import { run } from 'graphile-worker';

/** swarm calls this in each worker. On a stop it stops the Runner that this returns, which waits for running jobs. */
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
    // Records each job as done immediately. Otherwise 0.18 would run the last jobs before a stop again.
    preset: { worker: { completeJobBatchDelay: 0 } },
  });
}

/** Simulates a slow mail server. */
async function deliver() {
  await sleep(200);
}
