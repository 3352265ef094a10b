import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from './queue.js';
import { perform } from './work.js';

/** Milliseconds between two checks for work. */
const POLL = 100;

/** swarm calls this in each worker. The worker is ready when it returns. */
export default async function main({ worker, drain, quietSignal, stopSignal }) {
  const queue = new Queue();
  await queue.open();
  await queue.putBack(worker.index);

  let jobs = 0;
  const work = async () => {
    while (!stopSignal.aborted) {
      const job = quietSignal.aborted ? undefined : await queue.claim(worker.index);
      if (job) {
        jobs += 1;
        await handle(queue, worker.index, job, jobs);
      } else {
        // The signal ends the sleep, so that a stop does not wait for it.
        await sleep(POLL, undefined, { signal: stopSignal }).catch(() => {});
      }
    }
  };
  // Not awaited, because it lasts as long as the worker. drain() makes a stop wait for it, and so for the current job.
  drain(work());
}

async function handle(queue, index, { name, text }, jobs) {
  const startedAt = performance.now();
  const [place, result] = await attempt(text);
  const milliseconds = performance.now() - startedAt;
  const { pid } = process;
  const by = { index, pid, jobs, milliseconds, memory: process.memoryUsage.rss(), finishedAt: Date.now() };
  await queue.finish(index, name, place, { ...result, by });
}

/** A failed job is also a result. Only errors of the queue end the worker. */
async function attempt(text) {
  try {
    return ['done', await perform(JSON.parse(text))];
  } catch (error) {
    return ['failed', { error: error.message }];
  }
}
