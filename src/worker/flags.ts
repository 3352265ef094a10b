import { setFlagsFromString } from 'node:v8';
import type { Common } from '../protocol/assignment.ts';

/** The first V8 version that keeps the pages emptied by a garbage collection, unless told to save memory. */
const KEEPS_PAGES = 13;

/** Sets the V8 flags that a worker needs and its mold does not have (process/node-flags.ts). The user's flags win. */
export function setWorkerFlags({ frugal }: Pick<Common, 'frugal'>): void {
  // Collects garbage when a busy worker becomes idle.
  set('--memory-reducer');
  // Otherwise a busy worker would keep its peak memory. The price: each full collection moves far more objects, returns
  // pages that the next jobs need again, and shrinks the young generation. Not set in the mold, which grows and soon
  // needs those pages.
  if (frugal && Number.parseInt(process.versions.v8, 10) >= KEEPS_PAGES) set('--memory-saver-mode');
}

function set(flag: string): void {
  const name = flag.slice('--'.length);
  const isGiven = process.execArgv.some((argument) => argument.replaceAll('_', '-').includes(name));
  if (!isGiven) setFlagsFromString(flag);
}

/**
 * Whether Node was started with a matching flag, on its command line or in NODE_OPTIONS. Write the pattern with dashes:
 * underscores, which V8 also accepts, are converted first.
 */
export function isStartedWith(flag: RegExp): boolean {
  return flag.test([...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ').replaceAll('_', '-'));
}
