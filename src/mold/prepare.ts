import type { MoldAssignment } from '../protocol/assignment.ts';
import type { Leftover } from './leftovers.ts';
import type { Load } from './load.ts';
import { applicationLoads, type FailedPackage, type PreloadReport, preload } from './preload.ts';
import { tell } from './serve.ts';

export interface Prepared {
  packages: number;
  milliseconds: number;
}

/**
 * Loads what is to be shared, and tells the supervisor what was remarkable about it.
 *
 * @returns undefined if this mold is not to be used, as the supervisor has been told
 */
export async function prepare(assignment: MoldAssignment): Promise<Prepared | undefined> {
  const { modules, args, preload: selection, preloadApp, leaveOut } = assignment;
  process.argv = [process.execPath, ...modules.slice(0, 1), ...args];
  const report = await preload(await select(assignment), { except: new Set(leaveOut), onPackage: announce });
  const byName = typeof selection !== 'string';
  if (byName ? isBroken(report) : isSpoiled(report)) return undefined;
  const prepared = { packages: report.packages.length, milliseconds: Math.round(report.ms) };
  if (!preloadApp) return prepared;
  // What the application awaits is its own affair, as in a worker: the supervisor has a limit for all of it.
  const application = await preload(applicationLoads(modules), { timeout: Infinity, onPackage: announce });
  if (isBroken(application)) return undefined;
  return { ...prepared, milliseconds: Math.round(report.ms + application.ms) };
}

async function select({ preload: selection, modules }: MoldAssignment): Promise<Load[]> {
  // With it comes a parser, which not every mold needs.
  if (selection.length === 0) return [];
  const { selectLoads } = await import('./selection.ts');
  return selectLoads(selection, modules, process.cwd());
}

function announce(name: string): void {
  tell({ type: 'preloading', package: name });
}

/** By rule: what is not fit to be shared is loaded by each worker, and this mold, which has loaded it, is not used. */
function isSpoiled({ packages, failed }: PreloadReport): boolean {
  const unfit = [
    ...failed.map(({ name, message }) => ({ name, reason: `it could not be preloaded (${message})` })),
    ...packages
      .filter(({ left }) => left.length > 0)
      .map(({ name, left }) => ({ name, reason: `loading it leaves ${describe(left)} behind` })),
  ];
  for (const { name, reason } of unfit) tell({ type: 'left-out', package: name, reason });
  if (unfit.length > 0) tell({ type: 'spoiled', packages: unfit.map(({ name }) => name) });
  return unfit.length > 0;
}

/** By name: it is loaded as it was asked for, or nothing starts. */
function isBroken({ packages, failed: [failed] }: PreloadReport): boolean {
  if (failed) {
    tell({ type: 'preload-failed', failure: asFailure(failed) });
    return true;
  }
  for (const { name, left } of packages) {
    if (left.length > 0) tell({ type: 'risky', package: name, reason: `loading it leaves ${describe(left)} behind` });
  }
  return false;
}

function asFailure({ name, message, stack }: FailedPackage) {
  return { module: name, while: 'preloading', message, stack } as const;
}

/** "a socket (127.0.0.1:6379) and a worker thread (thread 1)" */
function describe(left: readonly Leftover[]): string {
  const things = left.map(({ kind, detail }) => `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind} (${detail})`);
  return new Intl.ListFormat('en').format(things);
}
