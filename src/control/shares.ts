import type { Status } from './status.ts';

/** Returns the CPU share of a pid: 1 is one whole core; undefined if unknown. */
export type CpuShares = (pid: number | null) => number | undefined;

/** Computes how busy each process was between two statuses of a swarm. */
export function sharesOf(before: Status, now: Status): CpuShares {
  const times = ({ workers, others }: Status) =>
    new Map([...workers, ...others].flatMap(({ pid, cpu }) => (pid === null || cpu === null ? [] : [[pid, cpu]])));
  const [then, since] = [times(before), times(now)];
  const elapsed = now.uptime - before.uptime;
  return (pid) => {
    const [from, to] = [then.get(pid ?? 0), since.get(pid ?? 0)];
    if (from === undefined || to === undefined || elapsed <= 0) return undefined;
    return Math.max(0, to - from) / elapsed;
  };
}
