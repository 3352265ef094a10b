// Becomes ready when the file GO.<index> exists, and then runs short jobs. If WORDS is set, tells the supervisor
// repeatedly that it is busy with WORDS, and the worker with index 1 always fails with them.
import { existsSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../fixtures/say.mjs';

const { GO, WORDS } = process.env;

export default async function ({ worker, drain, stopSignal }) {
  if (WORDS && worker.index === 1) throw new Error(WORDS);
  say('waits', process.pid);
  while (!existsSync(`${GO}.${worker.index}`)) await sleep(10);
  drain(work(worker, stopSignal));
}

async function work({ slot }, stopSignal) {
  while (!stopSignal.aborted) {
    const end = performance.now() + 5;
    while (performance.now() < end);
    // The ids of the first workers are their slots plus 1.
    if (WORDS)
      writeSync(3, `${JSON.stringify({ type: 'heartbeat', workerId: slot + 1, busy: WORDS, delay: 0, active: 0 })}\n`);
    await sleep(20);
  }
}
