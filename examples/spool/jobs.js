import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from './queue.js';
import { perform } from './work.js';

/** A worker without work looks for some this often. Milliseconds. */
const POLL = 100;

/** swarm calls this in each worker, which is ready when it has returned. */
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
        // The signal cuts it short: a stop does not wait for it.
        await sleep(POLL, undefined, { signal: stopSignal }).catch(() => {});
      }
    }
  };
  // Not awaited, as it ends with the worker. Draining it makes a stop wait for its end, and so for the current job.
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

/** A job that fails is a result too; only what is wrong with the queue ends the worker. */
async function attempt(text) {
  try {
    return ['done', await perform(JSON.parse(text))];
  } catch (error) {
    return ['failed', { error: error.message }];
  }
}
