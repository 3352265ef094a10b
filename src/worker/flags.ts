import { setFlagsFromString } from 'node:v8';

/** From this version on V8 keeps the pages that a collection has emptied, unless it is told that memory is short. */
const KEEPS_PAGES = 13;

/** What a worker wants of V8 that its mold did not (process/node-flags.ts). What somebody has set is left as it is. */
export function setWorkerFlags(): void {
  // Garbage is collected in a quiet moment after a busy one.
  set('--memory-reducer');
  // A worker would go on having the most that it has ever needed at a time. The mold grows, and needs them soon.
  if (Number.parseInt(process.versions.v8, 10) >= KEEPS_PAGES) set('--memory-saver-mode');
}

function set(flag: string): void {
  const name = flag.slice('--'.length);
  const isGiven = process.execArgv.some((argument) => argument.replaceAll('_', '-').includes(name));
  if (!isGiven) setFlagsFromString(flag);
}

/** Whether Node was started with such a flag, on its command line or in NODE_OPTIONS; with dashes, as V8 takes both. */
export function isStartedWith(flag: RegExp): boolean {
  return flag.test([...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ').replaceAll('_', '-'));
}
