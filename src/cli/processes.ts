import { sharesOf } from '../control/shares.ts';
import type { Status } from '../control/status.ts';

type Worker = Status['workers'][number];
type Other = Status['others'][number];

/** A process of a swarm, with its CPU share: 1 is one whole core; undefined if unknown. */
export type Process = (Worker | Other) & { readonly share: number | undefined };

/**
 * Returns the workers by slot, and the other processes: the supervisor and its molds.
 *
 * @param before an earlier status, from which CPU shares are measured
 */
export function processesOf(now: Status, before: Status): { workers: Process[]; others: Process[] } {
  const share = sharesOf(before, now);
  const measured = (process: Worker | Other): Process => ({ ...process, share: share(process.pid) });
  return { workers: now.workers.map(measured), others: now.others.map(measured) };
}
