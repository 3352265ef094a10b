import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { optionalNative } from '../native/binding.ts';

/**
 * Collects all garbage, and moves what is left together. Otherwise the first collection in a worker would write to every page
 * with a hole, and the worker's own objects would fill holes on shared pages. Each such page would be copied.
 *
 * It costs a part of the code that a warm-up has optimized. Collections that keep the maps of dead objects keep more of it, but
 * also 30 MB, idle and under load, of 4 workers of the benchmark; and the first jobs were no cheaper (Node 24).
 *
 * All of it takes 0.2 s on two free cores. To leave out the first step or the move would save 30 to 90 ms, and cost 4 workers of
 * the benchmark 4 to 9 % more memory under load (Node 24); to collect once a step, as V8 does when it is told that memory is
 * critical, 3 %, and 6 % idle.
 */
export function collect(): void {
  const collectAll = collector();
  // Drops caches as well: dropped after the move, they would leave two megabytes of holes.
  collectAll();
  // It collects at least twice, and each time empties every second page. By itself, V8 spares pages that are four fifths full.
  setFlagsFromString('--stress-compaction');
  collectAll();
  setFlagsFromString('--no-stress-compaction');
  // Gives back the empty pages.
  collectAll();
}

/**
 * Collects garbage to measure the rest, and moves nothing. After each of many packages on a large heap, the passes of
 * `collect` would take most of the time.
 */
export function collectOnce(): void {
  collector()();
}

/** The addon asks V8 for it, and leaves nothing behind. `swarm doctor` also runs where there is no addon. */
function collector(): () => void {
  const native = optionalNative();
  if (!native) return exposedCollector();
  return () => {
    try {
      native.collect();
    } catch {
      // This Node does not let the addon ask.
      exposedCollector()();
    }
  };
}

type CollectGarbage = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

/** Contexts that are made under --expose-gc have a function for it. The user may have set the flag. */
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
