import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../report/statistics.js';
import { readProc } from './processes.js';

/** Milliseconds between two samples. */
const PAUSE = 1000;

/**
 * The proportional set size of all processes of a command, in bytes: private memory counts in full, memory that n
 * processes share counts as one nth in each. The sum is the memory that the command takes from the machine.
 */
export function memoryOf(pids) {
  return pids.reduce((sum, pid) => sum + proportionalSetSize(pid), 0);
}

/** The median of several samples, because a garbage collection can be in progress. */
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
