// The bench's jobs, a few a second: a swarm that is busy, and not overwhelmed.
import { setTimeout as sleep } from 'node:timers/promises';
import { perform } from '../app/work.js';

export default function ({ worker, drain, stopSignal }) {
  drain(work(worker.index, stopSignal));
}

async function work(index, stopSignal) {
  for (let job = index; !stopSignal.aborted; job += 1) {
    await perform(job);
    await sleep(200 + 100 * Math.random());
  }
}
