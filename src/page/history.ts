import type { CpuShares } from '../control/shares.ts';
import type { Status } from '../control/status.ts';

/** What the lines show of one answer; null where it is not known. */
export interface Sample {
  /** Milliseconds on a clock that goes on. */
  readonly time: number;
  /** The page was visible, and got its answers, all the time since the sample before. */
  readonly follows: boolean;
  /** Bytes. */
  readonly memory: number | null;
  /** 1 is all of one processor. */
  readonly cpu: number | null;
  /** The longest of all event loops, milliseconds. */
  readonly delay: number | null;
  /** Since this page was opened. */
  readonly restarts: number;
}

/** So long ago is forgotten, milliseconds. */
export const WINDOW = 5 * 60_000;

/** The last minutes of a swarm, as far as a page has seen them. */
export class History {
  samples: readonly Sample[] = [];
  #restarts = 0;

  /**
   * @param before the answer before, of the same swarm
   * @param sharesOf how busy its processes were since then
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

/** A slot that has come since has restarts of its own; one that has gone takes none away. */
function restartsSince(before: Status, { workers }: Status): number {
  const then = new Map(before.workers.map(({ slot, restarts }) => [slot, restarts]));
  const now = new Map(workers.map(({ slot, restarts }) => [slot, restarts]));
  return [...now].reduce((sum, [slot, times]) => sum + Math.max(0, times - (then.get(slot) ?? 0)), 0);
}

/**
 * The path of an SVG for one figure, from the beginning of the window on the left to now on the right. It has gaps
 * where the page was hidden, or got no answer.
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
    // A point alone is a line of no length, which has round ends.
    path += `${isDrawing ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}${isDrawing ? '' : 'h0'}`;
    isDrawing = true;
  }
  return path;
}

function known(values: readonly (number | null | undefined)[]): number[] {
  return values.flatMap((value) => value ?? []);
}
