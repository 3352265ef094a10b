import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { optionalNative } from '../native/binding.ts';

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

/**
 * Collects all garbage and moves what is left together. Otherwise the first collection in a worker would write to every
 * page with a hole, the workers' own objects would fill those between what they share, and copy each page on the way.
 */
export function collect(): void {
  const collectAll = collector();
  // Drops caches as well: two megabytes that would be holes if they were dropped after the rest has been moved.
  collectAll();
  // At least twice, and each time it empties every second page. By itself V8 leaves a page alone that is four fifths full.
  setFlagsFromString('--stress-compaction');
  collectAll();
  setFlagsFromString('--no-stress-compaction');
  // Gives back the pages that are empty now.
  collectAll();
}

/**
 * Collects garbage to measure what is left, and moves nothing. After each of many packages on a large heap, the passes of
 * `collect` would take most of the time.
 */
export function collectOnce(): void {
  collector()();
}

/** The addon asks V8 for it, and leaves nothing behind. `swarm doctor` runs where there is no addon, too. */
function collector(): () => void {
  const native = optionalNative();
  if (!native) return exposedCollector();
  return () => {
    try {
      native.collect();
    } catch {
      // This Node does not tell the addon how.
      exposedCollector()();
    }
  };
}

type CollectGarbage = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

/** V8 has a function for it in contexts that are made under a flag, which somebody may have set. */
function exposedCollector(): () => void {
  const given = runInNewContext('globalThis.gc') as CollectGarbage | undefined;
  const collectGarbage = given ?? exposed();
  // Node 20 knows no flavors.
  return () => collectGarbage({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

function exposed(): CollectGarbage {
  setFlagsFromString('--expose-gc');
  try {
    return runInNewContext('gc') as CollectGarbage;
  } finally {
    setFlagsFromString('--no-expose-gc');
  }
}
