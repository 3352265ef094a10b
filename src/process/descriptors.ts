import { closeSync, openSync } from 'node:fs';

/** Descriptors left free when a worker starts: for clients, for scaling down, and for the next mold. */
const SPARE = 12;

/**
 * @param limit this process's limit of open file descriptors
 * @throws EMFILE, ENFILE if too few are left to start a worker
 */
export function requireDescriptors(limit: number): void {
  // The kernel hands out the lowest free descriptor.
  const lowest = openSync('/dev/null', 'r');
  closeSync(lowest);
  if (lowest >= limit - SPARE) throw new Error(`only ${SPARE} of ${limit} descriptors are left (EMFILE)`);
}
