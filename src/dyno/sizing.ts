import type { Machine } from './probe.ts';

/** How many workers to run, and why, in words. */
export function sizeCount(machine: Machine): { count: number; reason: string } {
  const { cores } = machine;
  return { count: cores, reason: cores === 1 ? '1 core' : `${cores} cores` };
}
