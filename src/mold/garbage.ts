import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { optionalNative } from '../native/binding.ts';

/**
 * Collects all garbage and compacts the heap. Otherwise the first collection in a worker would write to every page with
 * a hole, and the worker's own objects would fill holes on shared pages. Each such page would be copied.
 *
 * This discards some of the code that a warm-up optimized. Collections that keep the maps of dead objects discard less
 * of it, but cost 4 workers of the benchmark 30 MB, idle and under load, and made the first jobs no cheaper (Node 24).
 *
 * The three steps take 0.2 s on two free cores. Omitting the first step or the compaction would save 30 to 90 ms and
 * cost 4 workers of the benchmark 4 to 9 % more memory under load (Node 24). One collection per step, which is what V8
 * does when told that memory is critical, would cost 3 % under load and 6 % idle.
 */
export function collect(): void {
  const collectAll = collector();
  // Also drops caches. Dropped after the compaction, they would leave 2 MB of holes.
  collectAll();
  // Each call collects at least twice, and with this flag each collection evacuates every second page. Without it, V8
  // leaves pages that are four fifths full.
  setFlagsFromString('--stress-compaction');
  collectAll();
  setFlagsFromString('--no-stress-compaction');
  // Releases the empty pages.
  collectAll();
}

/**
 * Collects garbage without compaction, to measure what remains. Repeated for many packages on a large heap, the passes
 * of `collect` would take most of the time.
 */
export function collectOnce(): void {
  collector()();
}

/** Prefers the addon, which calls V8 directly and leaves nothing behind. `swarm doctor` also runs without the addon. */
function collector(): () => void {
  const native = optionalNative();
  if (!native) return exposedCollector();
  return () => {
    try {
      native.collect();
    } catch {
      // This Node does not export the V8 function that the addon calls.
      exposedCollector()();
    }
  };
}

type CollectGarbage = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

/** A context created under --expose-gc has a global `gc`. The user may have set the flag already. */
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
