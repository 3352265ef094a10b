// The ledger as the jobs write it: a file for each process, a line for each thing that happens to a run of a job, written
// before anything else is done. It knows nothing of queues, and outlives whatever happens to the worker.
import { existsSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { now } from './processes.js';

const MB = 1024 ** 2;
/** In each worker its own: this module may have been loaded before the fork. */
let mine = { pid: 0, file: -1, runs: 0, latest: new Map() };
const leaked = [];

/**
 * Does a job: takes so long, as jobs do; or waits for a file to appear; or keeps memory for good.
 *
 * @param {{ job: number, ms: number, gate?: string, leak?: number }} order
 * @param {{ token?: string, worker?: string, since?: number }} holder who has this job in hand, as the queue says, and since
 *   when, if it came with others
 */
export async function perform({ job, ms, gate, leak }, holder) {
  const { runs, latest } = own();
  const run = runs;
  mine.runs += 1;
  latest.set(job, run);
  write({ is: 'begin', run, job, ...holder });
  await sleep(ms);
  while (gate && !existsSync(gate)) await sleep(20);
  if (leak) leaked.push(Buffer.alloc(leak * MB, 1));
  write({ is: 'end', run });
}

/** The queue has taken note that this process has done the job. */
export function acknowledged(job) {
  const { latest } = own();
  write({ is: 'acknowledged', run: latest.get(job) });
  latest.delete(job);
}

/** Under this name the queue knows this process, or a part of it. */
export function introduce(worker) {
  own();
  write({ is: 'worker', worker });
}

function own() {
  if (mine.pid !== process.pid) {
    const path = join(process.env.LEDGER, `${process.pid}-${process.hrtime.bigint()}`);
    mine = { pid: process.pid, file: openSync(path, 'ax'), runs: 0, latest: new Map() };
  }
  return mine;
}

function write(entry) {
  writeSync(mine.file, `${JSON.stringify({ at: now(), ...entry })}\n`);
}
