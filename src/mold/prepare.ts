import { expectMain } from '../loading/load-module.ts';
import { mainModule } from '../loading/main-module.ts';
import { workerArguments } from '../protocol/arguments.ts';
import type { MoldAssignment } from '../protocol/assignment.ts';
import type { RandomnessRecording } from '../sameness/randomness.ts';
import { type Asked, judge } from './judgement.ts';
import type { Load } from './load.ts';
import { applicationLoads, type PreloadReport, preload } from './preload.ts';
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
  const { modules, preload: selection, preloadApp, leaveOut } = assignment;
  seemLikeWorker(assignment);
  const report = await preload(await select(assignment), { except: new Set(leaveOut), onPackage: announce });
  if (!isUsable(report, recording, howAsked(selection))) return undefined;
  const prepared = { packages: report.packages.length, milliseconds: Math.round(report.ms) };
  if (!preloadApp) return prepared;
  // What the application awaits is its own affair, as in a worker: the supervisor has a limit for all of it.
  const application = await preload(applicationLoads(modules), { timeout: Infinity, onPackage: announce });
  if (!isUsable(application, recording, 'by name')) return undefined;
  return { ...prepared, milliseconds: Math.round(report.ms + application.ms) };
}

/** What is loaded sees the arguments and the main module that it is going to see. */
export function seemLikeWorker({ modules, args, execArgv }: MoldAssignment): void {
  process.execArgv.splice(0, process.execArgv.length, ...execArgv);
  // `swarm doctor` may have no modules.
  if (modules.length === 0) return;
  const main = mainModule(modules, process.cwd());
  process.argv = [process.execPath, main, ...workerArguments(args)];
  expectMain(main);
}

export async function select({ preload: selection, modules }: MoldAssignment): Promise<Load[]> {
  // With it comes a parser, which not every mold needs.
  if (selection.length === 0) return [];
  const { selectLoads } = await import('./selection.ts');
  return selectLoads(selection, modules, process.cwd());
}

export function howAsked(selection: MoldAssignment['preload']): Asked {
  return typeof selection === 'string' ? 'by rule' : 'by name';
}

function announce(name: string): void {
  tell({ type: 'preloading', package: name });
}

/** A mold that has loaded what is to be left out is not used: that cannot be taken back. */
function isUsable(report: PreloadReport, { unrenewable }: RandomnessRecording, asked: Asked): boolean {
  const leftOut: string[] = [];
  for (const judgement of judge(report, unrenewable, asked)) {
    const { name, fate, reason } = judgement;
    if (fate === 'failed') {
      const failure = { module: name, while: 'preloading', message: reason, stack: judgement.stack } as const;
      tell({ type: 'preload-failed', failure });
      return false;
    }
    tell({ type: fate, package: name, reason });
    if (fate === 'left-out') leftOut.push(name);
  }
  if (leftOut.length > 0) tell({ type: 'spoiled', packages: leftOut });
  return leftOut.length === 0;
}
