import { setFlagsFromString } from 'node:v8';
import type { Common } from '../protocol/assignment.ts';

/** From this version on, V8 keeps the pages that a collection has emptied, unless it is told that memory is short. */
const KEEPS_PAGES = 13;

/** Sets V8's flags for a worker that its mold did not have (process/node-flags.ts). Flags that the user gave win. */
export function setWorkerFlags({ frugal }: Pick<Common, 'frugal'>): void {
  // Collects garbage in a quiet moment after a busy one.
  set('--memory-reducer');
  // Otherwise a busy worker would keep the most memory that it ever needed at a time. But then each full collection moves
  // far more objects, returns pages that the next jobs need again, and shrinks the young generation. The mold grows, and
  // soon needs those pages.
  if (frugal && Number.parseInt(process.versions.v8, 10) >= KEEPS_PAGES) set('--memory-saver-mode');
}

function set(flag: string): void {
  const name = flag.slice('--'.length);
  const isGiven = process.execArgv.some((argument) => argument.replaceAll('_', '-').includes(name));
  if (!isGiven) setFlagsFromString(flag);
}

/**
 * Whether Node was started with such a flag, on its command line or in NODE_OPTIONS. Write it with dashes: V8 takes
 * underscores too.
 */
export function isStartedWith(flag: RegExp): boolean {
  return flag.test([...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ').replaceAll('_', '-'));
}
