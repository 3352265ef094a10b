import type { CpuShares } from '../control/shares.ts';
import type { Status } from '../control/status.ts';

/** The values that the charts take from one answer; null if unknown. */
export interface Sample {
  /** Milliseconds on a monotonic clock. */
  readonly time: number;
  /** Whether the page was visible and received every answer since the previous sample. */
  readonly follows: boolean;
  /** In bytes. */
  readonly memory: number | null;
  /** CPU share of all processes: 1 is one whole core. */
  readonly cpu: number | null;
  /** The longest event loop delay of all workers, in milliseconds. */
  readonly delay: number | null;
  /** Number of restarts since this page was opened. */
  readonly restarts: number;
}

/** Age in milliseconds at which samples are dropped. */
export const WINDOW = 5 * 60_000;

/** The last minutes of a swarm, as seen by this page. */
export class History {
  samples: readonly Sample[] = [];
  #restarts = 0;

  /**
   * @param before the previous answer of the same swarm
   * @param sharesOf the CPU shares since then
   */
  add(
    status: Status,
    before: Status | undefined,
    sharesOf: CpuShares,
    { time, follows }: Pick<Sample, 'time' | 'follows'>,
  ): void {
    const { workers, others, memory } = status;
    const shares = known([...workers, ...others].map(({ pid }) => sharesOf(pid)));
    const delays = known(workers.map(({ delay }) => delay));
    this.#restarts += before ? restartsSince(before, status) : 0;
    const sample: Sample = {
      time,
      follows,
      memory: memory?.total ?? null,
      cpu: shares.length > 0 ? shares.reduce((sum, share) => sum + share, 0) : null,
      delay: delays.length > 0 ? Math.max(...delays) : null,
      restarts: this.#restarts,
    };
    this.samples = [...this.samples, sample].filter((each) => time - each.time <= WINDOW);
  }
}

/** Counts the restarts between two answers. New slots count fully, and removed slots subtract nothing. */
function restartsSince(before: Status, { workers }: Status): number {
  const then = new Map(before.workers.map(({ slot, restarts }) => [slot, restarts]));
  const now = new Map(workers.map(({ slot, restarts }) => [slot, restarts]));
  return [...now].reduce((sum, [slot, times]) => sum + Math.max(0, times - (then.get(slot) ?? 0)), 0);
}

/**
 * Returns an SVG path for one value, from the start of the window on the left to now on the right. It has gaps where
 * the page was hidden or got no answer.
 *
 * @param most the value at the top
 */
export function pathOf(
  samples: readonly Sample[],
  figure: (sample: Sample) => number | null,
  { most, width, height }: { most: number; width: number; height: number },
): string {
  const now = samples.at(-1)?.time ?? 0;
  let isDrawing = false;
  let path = '';
  for (const sample of samples) {
    const value = figure(sample);
    if (!sample.follows) isDrawing = false;
    if (value === null) continue;
    const x = width * (1 - (now - sample.time) / WINDOW);
    const y = height * (1 - value / (most || 1));
    // A single point becomes a line of zero length, which is visible because of its round caps.
    path += `${isDrawing ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}${isDrawing ? '' : 'h0'}`;
    isDrawing = true;
  }
  return path;
}

function known(values: readonly (number | null | undefined)[]): number[] {
  return values.flatMap((value) => value ?? []);
}
