// Does a few of the bench's jobs a second, so that the swarm is busy but not overloaded.
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
