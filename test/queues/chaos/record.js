// Jobs write the ledger: a file for each process, and a line for each event of a run, written synchronously before
// anything else happens. It is independent of the queues, and survives any death of a worker.
import { existsSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { now } from './processes.js';

const MB = 1024 ** 2;
/** The state of this process. It is replaced in each worker, because the module can be loaded before the fork. */
let mine = { pid: 0, file: -1, runs: 0 };
const leaked = [];

/**
 * Does a job: takes `ms`, then waits for the file `gate` to appear, then leaks `leak` MB.
 *
 * @param {{ job: number, ms: number, gate?: string, leak?: number }} order
 * @param {{ token?: string, worker?: string, since?: number }} holder how the queue identifies this run and its worker,
 *   and the time at which the job arrived, if it came in a batch
 */
export async function perform({ job, ms, gate, leak }, holder) {
  const run = own().runs;
  mine.runs += 1;
  write({ is: 'begin', run, job, ...holder });
  await sleep(ms);
  while (gate && !existsSync(gate)) await sleep(20);
  if (leak) leaked.push(Buffer.alloc(leak * MB, 1));
  write({ is: 'end', run });
}

/** Records a name under which the queue knows this process, or a part of it. */
export function introduce(worker) {
  own();
  write({ is: 'worker', worker });
}

function own() {
  if (mine.pid !== process.pid) {
    const path = join(process.env.LEDGER, `${process.pid}-${process.hrtime.bigint()}`);
    mine = { pid: process.pid, file: openSync(path, 'ax'), runs: 0 };
  }
  return mine;
}

function write(entry) {
  writeSync(mine.file, `${JSON.stringify({ at: now(), ...entry })}\n`);
}
