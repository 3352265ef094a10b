// Begins when the file GO.<index> is there, and does short jobs from then on. Says to the supervisor that it is busy with WORDS,
// again and again. Where there are WORDS, the worker with index 1 fails with them, each time.
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
    // Those of the first boot are numbered by their slots.
    if (WORDS)
      writeSync(3, `${JSON.stringify({ type: 'heartbeat', workerId: slot + 1, busy: WORDS, delay: 0, active: 0 })}\n`);
    await sleep(20);
  }
}
