import type { MoldAssignment } from '../protocol/assignment.ts';
import type { RandomnessRecording } from '../worker/randomness.ts';
import type { Leftover } from './leftovers.ts';
import type { Load } from './load.ts';
import { applicationLoads, type FailedPackage, type PreloadedPackage, type PreloadReport, preload } from './preload.ts';
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
export async function prepare(
  assignment: MoldAssignment,
  recording: RandomnessRecording,
): Promise<Prepared | undefined> {
  const { modules, args, preload: selection, preloadApp, execArgv, leaveOut } = assignment;
  process.execArgv.splice(0, process.execArgv.length, ...execArgv);
  process.argv = [process.execPath, ...modules.slice(0, 1), ...args];
  const report = await preload(await select(assignment), { except: new Set(leaveOut), onPackage: announce });
  const byName = typeof selection !== 'string';
  if (byName ? isBroken(report, recording) : isSpoiled(report, recording)) return undefined;
  const prepared = { packages: report.packages.length, milliseconds: Math.round(report.ms) };
  if (!preloadApp) return prepared;
  // What the application awaits is its own affair, as in a worker: the supervisor has a limit for all of it.
  const application = await preload(applicationLoads(modules), { timeout: Infinity, onPackage: announce });
  if (isBroken(application, recording)) return undefined;
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
function isSpoiled({ packages, failed }: PreloadReport, recording: RandomnessRecording): boolean {
  const unfit = [
    ...failed.map(({ name, message }) => ({ name, reason: `it could not be preloaded (${message})` })),
    ...packages.flatMap((row) => whyUnfit(row, recording)),
  ];
  for (const { name, reason } of unfit) tell({ type: 'left-out', package: name, reason });
  if (unfit.length > 0) tell({ type: 'spoiled', packages: unfit.map(({ name }) => name) });
  return unfit.length > 0;
}

/** By name: it is loaded as it was asked for, or nothing starts. */
function isBroken({ packages, failed: [failed] }: PreloadReport, recording: RandomnessRecording): boolean {
  if (failed) {
    tell({ type: 'preload-failed', failure: asFailure(failed) });
    return true;
  }
  for (const { name, reason } of packages.flatMap((row) => whyUnfit(row, recording))) {
    tell({ type: 'risky', package: name, reason });
  }
  return false;
}

/** What makes a package that is loaded unfit to be shared, if anything does. */
function whyUnfit({ name, left }: PreloadedPackage, { unrenewable }: RandomnessRecording) {
  if (left.length > 0) return [{ name, reason: `loading it leaves ${describe(left)} behind` }];
  return unrenewable.includes(name) ? [{ name, reason: 'it makes the same ids in each copy' }] : [];
}

function asFailure({ name, message, stack }: FailedPackage) {
  return { module: name, while: 'preloading', message, stack } as const;
}

/** "a socket (127.0.0.1:6379) and a worker thread (thread 1)" */
function describe(left: readonly Leftover[]): string {
  const things = left.map(({ kind, detail }) => `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind} (${detail})`);
  return new Intl.ListFormat('en').format(things);
}
