import { sharesOf } from '../control/shares.ts';
import type { Status } from '../control/status.ts';

type Worker = Status['workers'][number];
type Other = Status['others'][number];

/** A process of a swarm, and its share of one processor: 1 is all of it; undefined where it is not known. */
export type Process = (Worker | Other) & { readonly share: number | undefined };

/**
 * What runs, by slot, and then the supervisor and its molds.
 *
 * @param before an earlier status: shares of a processor are measured from there
 */
export function processesOf(now: Status, before: Status): { workers: Process[]; others: Process[] } {
  const share = sharesOf(before, now);
  const measured = (process: Worker | Other): Process => ({ ...process, share: share(process.pid) });
  return { workers: now.workers.map(measured), others: now.others.map(measured) };
}
