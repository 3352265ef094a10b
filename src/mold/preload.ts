import { inspect } from 'node:util';
import { dropEndedSpans, holdExport } from '../sameness/agents/opentelemetry-export.ts';
import type { AgentBarrier } from './agents/barrier.ts';
import { type Instrumentation, startsUnrenewableAgent } from './agents/instrumentation.ts';
import type { SkipReason } from './barrier.ts';
import { openDescriptors } from './leftovers/descriptors.ts';
import { type Leftover, type Leftovers, Lookout } from './leftovers/leftovers.ts';
import { Trap } from './leftovers/trap.ts';
import { isPartOfNode, type Load, load, packageVersion } from './load.ts';
import { heldMemory, ownMemory } from './memory.ts';
import { settle } from './pristine.ts';

/** A package in the report: plain data, to be sent to the supervisor. */
export interface PreloadedPackage {
  readonly name: string;
  readonly version: string | undefined;
  /** What it took to load it, with whatever else it has loaded that was not there before. */
  readonly ms: number;
  /** By how much what JavaScript holds has grown, garbage collected; undefined where it was not. */
  readonly bytes: number | undefined;
  readonly left: readonly Leftover[];
  /** It has talked to a server, or tried to. */
  readonly hasConnected?: boolean;
  /** What it does to those that are loaded after it; undefined where that is nothing. */
  readonly instrumentation?: Instrumentation | undefined;
}

export interface FailedPackage {
  readonly name: string;
  readonly version: string | undefined;
  readonly message: string;
  readonly stack: string;
}

/** One that is not loaded because it would come too late, or too early, for something else. */
export interface SkippedPackage extends SkipReason {
  readonly name: string;
  readonly version: string | undefined;
}

export interface PreloadReport {
  /** Those that are loaded, in order. */
  readonly packages: PreloadedPackage[];
  readonly failed: FailedPackage[];
  /** In order: the barrier first, if it is one of the loads. */
  readonly skipped: SkippedPackage[];
  readonly ms: number;
  /** By how much the memory of this process has grown. Until garbage is collected, that is more than will be shared. */
  readonly bytes: number;
}

export interface PreloadOptions {
  /** Packages to leave out, by name: each worker loads them itself. */
  readonly except?: ReadonlySet<string>;
  /**
   * Why this load, and whatever comes after it, must not be loaded before the fork. Order counts where
   * one acts on those that follow, as what patches packages does when they are loaded.
   */
  readonly barrier?: (load: Load) => SkipReason | undefined;
  /** The same for agents; but not all that comes after them. */
  readonly agents?: AgentBarrier | undefined;
  /** It goes on looking when this is done. */
  readonly lookout?: Lookout;
  /** Is told which package comes next: the one to name if nothing is heard any more. */
  readonly onPackage?: (name: string) => Promise<void> | void;
  /** Collects garbage, once before the first and after each, to learn the size of each package. */
  readonly collect?: () => void;
  /** For what a package awaits at its top level, milliseconds. */
  readonly timeout?: number;
}

/** A package may await something at its top level, but a worker has to be ready in time as well. */
const TIMEOUT = 20_000;

/** For what a load has begun, so that it shows before the next one; milliseconds. */
const SETTLE_TIMEOUT = 250;

/**
 * Loads modules before the fork, one after another, each as the application will. It does not throw: what went wrong is in
 * the report. A module that has failed may be cached by Node as such, so that only a new process can load it.
 */
export async function preload(loads: readonly Load[], options: PreloadOptions = {}): Promise<PreloadReport> {
  const { except, barrier, agents, onPackage, collect, timeout = TIMEOUT } = options;
  const report = new Report();
  const lookout = options.lookout ?? new Lookout();
  const trap = new Trap(() => lookout.owner);
  let closed: SkipReason | undefined;
  // With it comes all of fetch, which Node compiles when it is first used, and which takes 2 MB in each worker that does so.
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
      const errors = await trap.run(async () => {
        try {
          await lookout.run(next.name, () => load(next));
        } finally {
          ms = performance.now() - start;
        }
        await settle(SETTLE_TIMEOUT);
      }, timeout);
      const bytes = growth?.();
      const instrumentation = agents?.passed(next);
      if (instrumentation) holdExport();
      report.loaded(next, { ms, bytes, instrumentation });
      report.left(lookout.take(next.name), lookout.takeConnected());
      for (const [error, owner = next.name] of errors) report.failed(error, owner);
      // Another mold has to do without it.
      if (startsUnrenewableAgent(instrumentation) && !next.how.startsWith('as ')) break;
    }
    await dropEndedSpans();
    report.closed(filesOpen());
  } finally {
    trap.release();
    if (lookout !== options.lookout) lookout.end();
  }
  return report.end();
}

/** Their paths. */
function filesOpen(): Set<string> {
  const open = [...openDescriptors().values()].map((describe) => describe());
  return new Set(open.filter(({ kind }) => kind === 'open file').map(({ detail }) => detail));
}

/** @returns by how much what JavaScript holds has grown since it was last called, or made; bytes */
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

class Report {
  readonly #packages = new Map<string, PreloadedPackage>();
  readonly #failed = new Map<string, FailedPackage>();
  readonly #skipped = new Map<string, SkippedPackage>();
  readonly #start = performance.now();
  readonly #memory = ownMemory();

  loaded(module: Load, { ms, bytes, instrumentation }: Omit<PreloadedPackage, 'name' | 'version' | 'left'>): void {
    const { name } = module;
    const row = this.#rowOf(name, packageVersion(module));
    this.#packages.set(name, {
      ...row,
      ms: row.ms + ms,
      bytes: bytes === undefined ? undefined : (row.bytes ?? 0) + bytes,
      ...(instrumentation && { instrumentation }),
    });
  }

  /** It may go back to one that was loaded earlier, even before this report. */
  left(leftovers: Leftovers, connected: readonly string[]): void {
    for (const [name, left] of leftovers) {
      const row = this.#rowOf(name, undefined);
      this.#packages.set(name, { ...row, left: [...row.left, ...left] });
    }
    for (const name of connected) this.#packages.set(name, { ...this.#rowOf(name, undefined), hasConnected: true });
  }

  /** Files that were still being read, and are not among those that are open by now, were not left behind. */
  closed(open: ReadonlySet<string>): void {
    for (const [name, row] of this.#packages) {
      const left = row.left.filter(({ kind, detail }) => kind !== 'open file' || open.has(detail));
      this.#packages.set(name, { ...row, left });
    }
  }

  #rowOf(name: string, version: string | undefined): PreloadedPackage {
    const row = { name, version, ms: 0, bytes: undefined, left: [] };
    return this.#packages.get(name) ?? row;
  }

  skipped(module: Load, { reason, remedy }: SkipReason): void {
    const { name } = module;
    if (!this.#skipped.has(name)) this.#skipped.set(name, { name, version: packageVersion(module), reason, remedy });
  }

  failed(error: unknown, owner: string): void {
    const name = this.#culprit(error) ?? owner;
    // The first is the cause of the others.
    if (this.#failed.has(name)) return;
    const message = error instanceof Error ? `${error.name}: ${error.message}` : `it threw ${inspect(error)}`;
    this.#failed.set(name, { name, version: this.#packages.get(name)?.version, message, stack: inspect(error) });
  }

  /** It may be thrown later, by one that was loaded earlier: of those on the stack, the one that is nearest to the error. */
  #culprit(error: unknown): string | undefined {
    const stack = error instanceof Error ? (error.stack ?? '') : '';
    const names = [...stack.matchAll(/\/node_modules\/((?:@[^/\s]+\/)?[^/\s]+)\//g)].map(([, name]) => name ?? '');
    return names.find((name) => this.#packages.has(name));
  }

  end(): PreloadReport {
    const packages = [...this.#packages.values()].filter((row) => !this.#failed.has(row.name) && !isPartOfNode(row));
    return {
      packages,
      failed: [...this.#failed.values()],
      skipped: [...this.#skipped.values()].filter((row) => !isPartOfNode(row)),
      ms: performance.now() - this.#start,
      bytes: ownMemory() - this.#memory,
    };
  }
}
