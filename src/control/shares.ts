import type { Status } from './status.ts';

/** By pid: 1 is all of one processor; undefined where it is not known. */
export type CpuShares = (pid: number | null) => number | undefined;

/** How busy processes were between two answers of a swarm. */
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
