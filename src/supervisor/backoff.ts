import type { Slot } from './fleet.ts';

/** A worker that was ready for this long resets the count of failures. Milliseconds. */
const HEALTHY_AFTER = 60_000;
const LONGEST_WAIT = 30_000;

/**
 * Returns the slot after its worker failed. The next worker can start immediately the first time, then after 1, 2, 4, …
 * 30 s. Each wait is randomly shortened by up to a quarter, so that workers that failed together do not come back
 * together.
 *
 * @param healthy milliseconds for which the worker was ready
 * @param chance a random number from 0 to 1
 */
export function afterFailure(slot: Slot, healthy: number, now: number, chance: number): Slot {
  const failures = healthy >= HEALTHY_AFTER ? 1 : slot.failures + 1;
  return { ...slot, failures, startableAt: now + wait(failures, chance) };
}

/**
 * Returns the slot when its worker is recycled. As after failures, the next worker can be recycled immediately, then
 * after 1, 2, 4, … 30 s, unless it was healthy. A limit below what a worker needs must not cause endless restarts.
 *
 * @param healthy milliseconds for which the worker was ready
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
