import { readFileSync, readlinkSync } from 'node:fs';

/** Asks the kernel, because `process.pid` is cached. */
export function ownPid() {
  return Number(readlinkSync('/proc/self'));
}

export function parentPid() {
  return Number(readFileSync('/proc/self/stat', 'latin1').split(') ')[1].split(' ')[1]);
}
