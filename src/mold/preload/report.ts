import { inspect } from 'node:util';
import type { Instrumentation } from '../agents/instrumentation.ts';
import type { SkipReason } from '../barrier.ts';
import { openDescriptors } from '../leftovers/descriptors.ts';
import type { Leftover, Leftovers } from '../leftovers/leftovers.ts';
import { isPartOfNode, type Load, packageVersion } from './load.ts';

/** A package in the report. Plain data, because the examiner sends it as JSON. */
export interface PreloadedPackage {
  readonly name: string;
  readonly version: string | undefined;
  /** Time in milliseconds to load it and everything that it was the first to load. */
  readonly ms: number;
  /** Growth of JavaScript's memory in bytes, without garbage; undefined if garbage was not collected. */
  readonly bytes: number | undefined;
  readonly left: readonly Leftover[];
  /** Whether it connected to a server, or tried to. */
  readonly hasConnected?: boolean;
  /** What it does to modules that are loaded after it; undefined if nothing. */
  readonly instrumentation?: Instrumentation | undefined;
}

export interface FailedPackage {
  readonly name: string;
  readonly version: string | undefined;
  readonly message: string;
  readonly stack: string;
}

/** A package that is not loaded, because it is a barrier or comes after one. */
export interface SkippedPackage extends SkipReason {
  readonly name: string;
  readonly version: string | undefined;
}

export interface PreloadReport {
  /** In loading order. */
  readonly packages: PreloadedPackage[];
  readonly failed: FailedPackage[];
  /** In order: the barrier first, if it is one of the loads. */
  readonly skipped: SkippedPackage[];
  readonly ms: number;
}

/** Builds the report during preloading, with a row for each package. */
export class ReportInProgress {
  readonly #packages = new Map<string, PreloadedPackage>();
  readonly #failed = new Map<string, FailedPackage>();
  readonly #skipped = new Map<string, SkippedPackage>();
  readonly #start = performance.now();

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

  /** Records leftovers by the load that caused them, which may be an earlier one, even one before this report. */
  left(leftovers: Leftovers, connected: readonly string[]): void {
    for (const [name, left] of leftovers) {
      const row = this.#rowOf(name, undefined);
      this.#packages.set(name, { ...row, left: [...row.left, ...left] });
    }
    for (const name of connected) this.#packages.set(name, { ...this.#rowOf(name, undefined), hasConnected: true });
  }

  /** Drops files that have been closed since: they were only being read. */
  dropClosedFiles(): void {
    const rows = [...this.#packages].filter(([, { left }]) => left.some(isOpenFile));
    // Finding what is open takes 15 ms: for each socket, the kernel walks its tables of all sockets.
    if (rows.length === 0) return;
    const open = openFiles();
    for (const [name, row] of rows) {
      const left = row.left.filter((leftover) => !isOpenFile(leftover) || open.has(leftover.detail));
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
    // The first error is the cause of the others.
    if (this.#failed.has(name)) return;
    const message = error instanceof Error ? `${error.name}: ${error.message}` : `it threw ${inspect(error)}`;
    this.#failed.set(name, { name, version: this.#packages.get(name)?.version, message, stack: inspect(error) });
  }

  /** Returns the package on the stack that is nearest to the error. An earlier package may throw late. */
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
    };
  }
}

/** Returns the paths of all open files. */
function openFiles(): Set<string> {
  const open = [...openDescriptors().values()].map((describe) => describe());
  return new Set(open.filter(isOpenFile).map(({ detail }) => detail));
}

function isOpenFile({ kind }: Leftover): boolean {
  return kind === 'open file';
}
