import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../report/statistics.js';
import { readProc } from './processes.js';

/** Between two looks at the memory. Milliseconds. */
const PAUSE = 1000;

/**
 * The proportional set size of all processes of a command, in bytes: what one of them has to itself counts in full, what n
 * share counts as one nth in each. The sum is what the command takes of the machine.
 */
export function memoryOf(pids) {
  return pids.reduce((sum, pid) => sum + proportionalSetSize(pid), 0);
}

/** The median of several looks: a collection may be under way. */
export async function sampleMemory(session, samples) {
  const found = [];
  for (let taken = 0; taken < samples; taken += 1) {
    if (taken > 0) await sleep(PAUSE);
    found.push(memoryOf(session.processes()));
  }
  return median(found);
}

function proportionalSetSize(pid) {
  const [, kilobytes = '0'] = /^Pss:\s+(\d+) kB$/m.exec(readProc(pid, 'smaps_rollup')) ?? [];
  return Number(kilobytes) * 1024;
}
