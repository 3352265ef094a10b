import { readFileSync, readlinkSync } from 'node:fs';

/** As the kernel has it: `process.pid` is remembered. */
export function ownPid() {
  return Number(readlinkSync('/proc/self'));
}

export function parentPid() {
  return Number(readFileSync('/proc/self/stat', 'latin1').split(') ')[1].split(' ')[1]);
}
