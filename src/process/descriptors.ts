import { closeSync, openSync } from 'node:fs';

/** No worker takes one of the last so many: they are for whoever asks, or scales down, and for the next mold. */
const SPARE = 12;

/**
 * @param limit how many this process may have
 * @throws so few are left that no worker is to be started; EMFILE, ENFILE
 */
export function requireDescriptors(limit: number): void {
  // The kernel gives the lowest that is free.
  const lowest = openSync('/dev/null', 'r');
  closeSync(lowest);
  if (lowest >= limit - SPARE) throw new Error(`only ${SPARE} of ${limit} descriptors are left (EMFILE)`);
}
