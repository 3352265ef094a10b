import { expectMain } from '../loading/load-module.ts';
import { mainModule } from '../loading/main-module.ts';
import { workerArguments } from '../protocol/arguments.ts';
import type { MoldAssignment } from '../protocol/assignment.ts';
import { type Preload, preloadName } from '../protocol/invocation.ts';
import type { RandomnessRecording } from '../sameness/randomness.ts';
import { AgentBarrier, type Obstacle } from './agents/barrier.ts';
import { aboutUnseen, listed } from './agents/reasons.ts';
import type { Asked } from './judgement.ts';
import { Lookout } from './leftovers/leftovers.ts';
import type { Load } from './preload/load.ts';
import { isPreload, preloadLoads } from './preload/node-preloads.ts';
import { applicationLoads, type PreloadOptions, preload } from './preload/preload.ts';
import type { SkippedPackage } from './preload/report.ts';
import { Scrutiny } from './scrutiny.ts';
import { sendStatus } from './status.ts';
import { isUsable } from './usability.ts';

export interface Prepared {
  packages: number;
  milliseconds: number;
  /** What each worker has to load first. */
  preloads: readonly Preload[];
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
  const lookout = new Lookout();
  const agents = new AgentBarrier(assignment);
  try {
    return await prepareUnder(lookout, agents, assignment, recording);
  } finally {
    lookout.end();
    agents.end();
  }
}

async function prepareUnder(
  lookout: Lookout,
  agents: AgentBarrier,
  assignment: MoldAssignment,
  recording: RandomnessRecording,
): Promise<Prepared | undefined> {
  const { modules, preloads, preloadApp, leaveOut } = assignment;
  const barrier = barrierOf(assignment);
  const onPackage = (name: string) => {
    sendStatus({ type: 'preloading', package: name });
    return recording.begin(name);
  };
  const options: PreloadOptions = { lookout, barrier, agents, except: new Set(leaveOut), onPackage };
  const scrutiny = new Scrutiny(recording);
  recording.attributeTo(() => lookout.owner);
  seemLikeWorker(assignment);
  const firstLoads = await selectPreloads(preloads);
  const first = await preload(firstLoads, options);
  if (!isUsable(...(await scrutiny.of(first, firstLoads)), 'by rule')) return undefined;
  // Those are to come before the main module is known, in each worker as well.
  if (first.skipped.length === 0) seemLikeMain(assignment);

  // With those that are left out: they may be agents, which come before others.
  const loads = await select(assignment);
  const report = await preload(loads, options);
  if (!isUsable(...(await scrutiny.of(report, loads)), howAsked(loads))) return undefined;
  const prepared = {
    packages: report.packages.length,
    milliseconds: Math.round(first.ms + report.ms),
    preloads: preloadsFrom(first.skipped[0], preloads),
  };
  if (!preloadApp) {
    tellSkipped(report.skipped);
    tellUnseen(agents);
    return prepared;
  }
  // What the application awaits is its own affair, as in a worker: the supervisor has a limit for all of it.
  const own = applicationLoads(modules);
  const application = await preload(own, { ...options, timeout: Infinity });
  if (!isUsable(...(await scrutiny.of(application, own)), howAsked([...loads, ...own]))) return undefined;
  tellSkipped([...report.skipped, ...application.skipped]);
  tellUnseen(agents);
  return { ...prepared, milliseconds: Math.round(prepared.milliseconds + application.ms) };
}

/** What is loaded sees the arguments and options that it is going to see. */
export function seemLikeWorker({ modules, args, given }: MoldAssignment): void {
  const { nodeOptions, execArgv } = given;
  if (nodeOptions === undefined) delete process.env['NODE_OPTIONS'];
  else process.env['NODE_OPTIONS'] = nodeOptions;
  process.execArgv.splice(0, process.execArgv.length, ...execArgv);
  // `swarm doctor` may have no modules.
  if (modules.length > 0)
    process.argv = [process.execPath, mainModule(modules, process.cwd()), ...workerArguments(args)];
}

/** And the main module; but what is preloaded comes before that. */
export function seemLikeMain({ modules }: MoldAssignment): void {
  if (modules.length > 0) expectMain(mainModule(modules, process.cwd()));
}

/**
 * A preload acts on what comes after it. Where it cannot be loaded here, neither can that.
 *
 * @returns to be asked about each load, in order
 */
export function barrierOf({ leaveOut, stopsThere }: MoldAssignment): (load: Load) => Obstacle | undefined {
  let closed: Obstacle | undefined;
  return (load) => {
    const { name } = load;
    if ((isPreload(load) || stopsThere) && leaveOut.includes(name)) {
      closed ??= {
        reason: `${name} comes before, and each worker has to load it first`,
        remedy:
          'To share them again, have it open nothing and keep no id while it loads, or do not preload it (docs/fork-safety.md, Preloads)',
      };
    }
    return closed;
  };
}

export async function select({ preload: selection, modules }: MoldAssignment): Promise<Load[]> {
  // With it comes a parser, which not every mold needs.
  if (selection.length === 0) return [];
  const { selectLoads } = await import('./selection.ts');
  return selectLoads(selection, modules, process.cwd());
}

/** What Node would have loaded before the program, with the agents that it starts. */
export async function selectPreloads(preloads: readonly Preload[]): Promise<Load[]> {
  if (preloads.length === 0) return [];
  const { withStarts } = await import('./selection.ts');
  return withStarts(preloadLoads(preloads, process.cwd()));
}

export function howAsked(loads: readonly Load[]): (name: string) => Asked {
  const known = new Map(loads.map((load) => [load.name, load]));
  return (name) => {
    const { how, isNamed } = known.get(name) ?? {};
    if (how?.startsWith('as ')) return 'as application';
    return isNamed ? 'by name' : 'by rule';
  };
}

function preloadsFrom(skipped: SkippedPackage | undefined, preloads: readonly Preload[]): readonly Preload[] {
  const start = preloads.findIndex((preload) => preloadName(preload) === skipped?.name);
  return start < 0 ? [] : preloads.slice(start);
}

function tellSkipped(skipped: readonly SkippedPackage[]): void {
  const [first] = skipped;
  if (!first) return;
  const { reason, remedy } = first;
  sendStatus({
    type: 'skipped',
    packages: skipped.length,
    names: listed(skipped.map(({ name }) => name)),
    reason,
    remedy,
  });
}

function tellUnseen({ unseen }: AgentBarrier): void {
  if (unseen) sendStatus({ type: 'unseen', text: aboutUnseen(unseen.agent, unseen.names) });
}
