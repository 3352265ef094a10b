import { readdirSync, readFileSync } from 'node:fs';

const MB = 1024 ** 2;

/**
 * The resources of a process that are in use, and how much growth may be chance: a number, or a share of the first
 * value.
 */
export const MEASURES = {
  'memory MB': { read: memory, more: 8, part: 0.15 },
  descriptors: { read: (pid) => readdirSync(`/proc/${pid}/fd`).length, more: 3, part: 0 },
  threads: { read: (pid) => readdirSync(`/proc/${pid}/task`).length, more: 2, part: 0 },
};

/** The figures of a process now, or nothing where it has ended. */
export function measure(pid) {
  try {
    return Object.fromEntries(Object.entries(MEASURES).map(([name, { read }]) => [name, read(pid)]));
  } catch {
    return undefined;
  }
}

/**
 * Whether it has grown: the median of the last fifth against that of the second, for in the first it warms up.
 *
 * @param {Record<string, number>[]} samples
 */
export function growth(samples) {
  return Object.entries(MEASURES).map(([name, { more, part }]) => {
    const fifth = (number) => {
      const at = (edge) => Math.floor((edge * samples.length) / 5);
      return median(samples.slice(at(number), Math.max(at(number) + 1, at(number + 1))).map((sample) => sample[name]));
    };
    const [before, after] = [fifth(1), fifth(4)];
    return {
      name,
      before,
      after,
      most: Math.max(...samples.map((sample) => sample[name])),
      grown: after - before > Math.max(more, part * before),
    };
  });
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** What it has for itself, and its share of what it has in common with others. */
function memory(pid) {
  const pss = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  return Math.round((Number(pss) * 1024 * 10) / MB) / 10;
}
