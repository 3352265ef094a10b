import type { Slot } from './fleet.ts';

/** This long ready, and earlier failures are forgotten. Milliseconds. */
const HEALTHY_AFTER = 60_000;
const LONGEST_WAIT = 30_000;

/**
 * The slot after its worker failed: the next one may start at once the first time, then after 1, 2, 4, … 30 s, each
 * up to a quarter shorter by chance, so that workers that failed together do not come back together.
 *
 * @param healthy how long the worker was ready, milliseconds
 * @param chance a random number from 0 to 1
 */
export function afterFailure(slot: Slot, healthy: number, now: number, chance: number): Slot {
  const failures = healthy >= HEALTHY_AFTER ? 1 : slot.failures + 1;
  return { ...slot, failures, startableAt: now + wait(failures, chance) };
}

/**
 * The slot when its worker is recycled: as with failures, the next one may be recycled at once, then after 1, 2, 4, …
 * 30 s, unless it was healthy. A limit below what a worker needs must not have them all restarted without end.
 *
 * @param healthy how long the worker was ready, milliseconds
 */
export function afterRecycle(slot: Slot, healthy: number, now: number): Slot {
  const outgrown = healthy >= HEALTHY_AFTER ? 1 : slot.outgrown + 1;
  return { ...slot, outgrown, recyclableAt: now + wait(outgrown, 0) };
}

function wait(failures: number, chance: number): number {
  if (failures === 1) return 0;
  const base = Math.min(LONGEST_WAIT, 1000 * 2 ** (failures - 2));
  return base * (1 - chance / 4);
}
