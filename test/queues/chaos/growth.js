import { readdirSync, readFileSync } from 'node:fs';

const MB = 1024 ** 2;

/**
 * The resources that a process uses, and the growth that can be chance: `more` is a number, `part` a share of the
 * earlier value.
 */
export const MEASURES = {
  'memory MB': { read: memory, more: 8, part: 0.15 },
  descriptors: { read: (pid) => readdirSync(`/proc/${pid}/fd`).length, more: 3, part: 0 },
  threads: { read: (pid) => readdirSync(`/proc/${pid}/task`).length, more: 2, part: 0 },
};

/** Measures a process; undefined if it has ended. */
export function measure(pid) {
  try {
    return Object.fromEntries(Object.entries(MEASURES).map(([name, { read }]) => [name, read(pid)]));
  } catch {
    return undefined;
  }
}

/**
 * Compares the median of the last fifth with that of the second fifth. The first is the warm-up.
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

/** PSS in MB: private memory plus a share of the shared memory. */
function memory(pid) {
  const pss = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  return Math.round((Number(pss) * 1024 * 10) / MB) / 10;
}
