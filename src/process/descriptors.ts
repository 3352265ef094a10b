import { closeSync, openSync } from 'node:fs';

/** Workers leave this many descriptors free: for clients, for scaling down, and for the next mold. */
const SPARE = 12;

/**
 * @param limit how many this process may have
 * @throws EMFILE, ENFILE if too few are left to start a worker
 */
export function requireDescriptors(limit: number): void {
  // The kernel gives the lowest that is free.
  const lowest = openSync('/dev/null', 'r');
  closeSync(lowest);
  if (lowest >= limit - SPARE) throw new Error(`only ${SPARE} of ${limit} descriptors are left (EMFILE)`);
}
