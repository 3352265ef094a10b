import { dropEndedSpans, holdExport } from '../../sameness/agents/opentelemetry-export.ts';
import type { AgentBarrier } from '../agents/barrier.ts';
import { startsUnrenewableAgent } from '../agents/instrumentation.ts';
import type { SkipReason } from '../barrier.ts';
import { untilIdle } from '../idle.ts';
import { Lookout } from '../leftovers/leftovers.ts';
import { heldMemory } from '../memory.ts';
import { isWarmUp, type Load, load } from './load.ts';
import { type PreloadReport, ReportInProgress } from './report.ts';
import { type Expectation, Trap } from './trap.ts';

export interface PreloadOptions {
  /** Names of packages to leave out: each worker loads them itself. */
  readonly except?: ReadonlySet<string>;
  /**
   * Returns why this load and all later ones must not be loaded before the fork. Order matters, because a package may
   * patch those that are loaded after it.
   */
  readonly barrier?: (load: Load) => SkipReason | undefined;
  /** The same for agents, except that some packages may be loaded after them. */
  readonly agents?: AgentBarrier | undefined;
  /** Continues to find leftovers after preload() has returned. */
  readonly lookout?: Lookout;
  /** Called before each load. If this process then crashes or hangs, that package is to blame. */
  readonly onPackage?: (name: string) => Promise<void> | void;
  /** Collects garbage before the first package and after each one, to measure their sizes. */
  readonly collect?: () => void;
  /** Limit on a package's top-level await, in milliseconds. */
  readonly timeout?: number;
}

/** Default limit on top-level await, in milliseconds. It is shorter than the default SWARM_BOOT_TIMEOUT. */
const TIMEOUT = 20_000;

/** How long to wait for work that a load started, so that leftovers show before the next load, in milliseconds. */
const IDLE_TIMEOUT = 250;

/**
 * Loads modules before the fork, one after another, each as the application will load it. Never throws: failures are in
 * the report. Node may cache a failure, so only a new process can retry that module.
 */
export async function preload(loads: readonly Load[], options: PreloadOptions = {}): Promise<PreloadReport> {
  const { except, barrier, agents, onPackage, collect, timeout = TIMEOUT } = options;
  const report = new ReportInProgress();
  const lookout = options.lookout ?? new Lookout();
  const trap = new Trap(() => lookout.owner);
  let closed: SkipReason | undefined;
  // Loads all of fetch, which Node compiles on first use. Otherwise it would take 2 MB in each worker that uses it.
  if (loads.length > 0) void globalThis.Headers;
  const growth = collect && growthBetween(collect);
  try {
    for (const next of loads) {
      closed ??= barrier?.(next);
      const skip = closed ?? agents?.whySkipped(next);
      if (skip) {
        report.skipped(next, skip);
        continue;
      }
      if (except?.has(next.name)) continue;
      await onPackage?.(next.name);
      const start = performance.now();
      let ms = 0;
      const errors = await trap.run(
        async () => {
          try {
            await lookout.run(next.name, () => load(next));
          } finally {
            ms = performance.now() - start;
          }
          await untilIdle(IDLE_TIMEOUT);
        },
        expectationOf(next, timeout),
      );
      const bytes = growth?.();
      const instrumentation = agents?.passed(next);
      if (instrumentation) holdExport();
      report.loaded(next, { ms, bytes, instrumentation });
      report.left(lookout.take(next.name), lookout.takeConnected());
      for (const [error, owner = next.name] of errors) report.failed(error, owner);
      // This mold cannot be used: another must do without this package.
      if (startsUnrenewableAgent(instrumentation) && !next.how.startsWith('as ')) break;
    }
    await dropEndedSpans();
    report.dropClosedFiles();
  } finally {
    trap.release();
    if (lookout !== options.lookout) lookout.end();
  }
  return report.end();
}

function expectationOf(next: Load, timeout: number): Expectation {
  if (isWarmUp(next)) return { timeout, late: 'has still not ended', inVain: 'it awaits something that never happens' };
  const inVain = 'it awaits, at its top level, something that never happens';
  return { timeout, late: 'is still not loaded', inVain };
}

/**
 * @returns a function that measures by how many bytes JavaScript's memory has grown since its last call, or since now
 */
function growthBetween(collect: () => void): () => number {
  collect();
  let held = heldMemory();
  return () => {
    const before = held;
    collect();
    held = heldMemory();
    return held - before;
  };
}
