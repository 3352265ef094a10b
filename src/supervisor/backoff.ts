import type { Slot } from './fleet.ts';

/** This long ready, and earlier failures are forgotten. Milliseconds. */
const HEALTHY_AFTER = 60_000;
const LONGEST_WAIT = 30_000;

/**
 * The slot after its worker failed: the next one may start at once the first time, then after 1, 2, 4, … 30 s, each
 * with up to a quarter more by chance, so that workers that failed together do not come back together.
 *
 * @param healthy how long the worker was ready, milliseconds
 * @param chance a random number from 0 to 1
 */
export function afterFailure(slot: Slot, healthy: number, now: number, chance: number): Slot {
  const failures = healthy >= HEALTHY_AFTER ? 1 : slot.failures + 1;
  return { ...slot, failures, startableAt: now + wait(failures, chance) };
}

function wait(failures: number, chance: number): number {
  if (failures === 1) return 0;
  const base = Math.min(LONGEST_WAIT, 1000 * 2 ** (failures - 2));
  return base * (1 + chance / 4);
}
