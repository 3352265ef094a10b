import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The longest that work which loading has begun may take to end, milliseconds. */
const SETTLE_TIMEOUT = 5000;

/** Between two looks at what is still going on, milliseconds. */
const SETTLE_INTERVAL = 2;

/**
 * Waits until nothing that was begun is still under way: a request in the thread pool would be finished in every copy.
 *
 * @param timeout milliseconds
 * @returns the requests that have not come to an end
 */
export async function settle(timeout = SETTLE_TIMEOUT): Promise<string[]> {
  const deadline = performance.now() + timeout;
  for (;;) {
    // What a turn of the event loop begins is seen at the next.
    await new Promise((resolve) => setImmediate(resolve));
    const requests = process.getActiveResourcesInfo().filter((name) => /Req|Job/.test(name));
    if (requests.length === 0 || performance.now() > deadline) return requests;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_INTERVAL));
  }
}

interface CollectOptions {
  type: 'major' | 'minor';
  execution: 'sync';
  /** Ignored by Node 20. */
  flavor: 'regular' | 'last-resort';
}

/**
 * Collects all garbage and moves what is left together. Otherwise the first collection in a worker would write to every
 * page with a hole, the workers' own objects would fill those between what they share, and copy each page on the way.
 */
export function collect(): void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as (options: CollectOptions) => void;
  setFlagsFromString('--no-expose-gc');
  // Drops caches as well: two megabytes that would be holes if they were dropped after the rest has been moved.
  gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  // Each time it empties every second page. By itself V8 leaves a page alone that is four fifths full.
  setFlagsFromString('--stress-compaction');
  for (let time = 0; time < 2; time += 1) gc({ type: 'major', execution: 'sync', flavor: 'regular' });
  setFlagsFromString('--no-stress-compaction');
  // Gives back the pages that are empty now.
  gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
