import { keepWarmUps } from '../loading/warm-ups.ts';
import type { LoadAssignment } from '../protocol/assignment.ts';
import { type Preload, preloadName } from '../protocol/invocation.ts';
import type { RandomnessRecording } from '../sameness/randomness.ts';
import { AgentBarrier } from './agents/barrier.ts';
import { barrierOf } from './barrier.ts';
import { Lookout } from './leftovers/leftovers.ts';
import { selectModules, selectPackages, selectPreloads } from './loads.ts';
import { type PreloadOptions, preload } from './preload/preload.ts';
import type { SkippedPackage } from './preload/report.ts';
import { seemLikeMain, seemLikeWorker } from './seem.ts';
import { sendStatus } from './status.ts';
import { choicesOf } from './verdict/judge.ts';
import { SameIdCheck } from './verdict/same-ids.ts';
import { tellSkipped, tellUnseen, tellVerdicts } from './verdict/tell.ts';
import { warmUpLoad, warmUpTimeout } from './warm-up/warm-up.ts';

export interface Prepared {
  packages: number;
  milliseconds: number;
  /** How long the warm-up took, milliseconds; undefined if there was none. */
  warmUp?: number;
  /** Size of the application in bytes if it is a bundle that is not shared. */
  bundle?: number | undefined;
  /** Preloads that each worker must load first. */
  preloads: readonly Preload[];
}

/**
 * Loads what workers share, and tells the supervisor what they cannot share.
 *
 * @returns undefined if this mold cannot be used; the supervisor has then been told why
 */
export async function prepare(
  assignment: LoadAssignment,
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
  assignment: LoadAssignment,
  recording: RandomnessRecording,
): Promise<Prepared | undefined> {
  const { modules, preload: selection, preloads, preloadApp, leaveOut } = assignment;
  const barrier = barrierOf(assignment);
  const onPackage = (name: string) => {
    sendStatus({ type: 'preloading', package: name });
    return recording.begin(name);
  };
  const options: PreloadOptions = { lookout, barrier, agents, except: new Set(leaveOut), onPackage };
  const sameIds = new SameIdCheck(recording);
  keepWarmUps();
  recording.attributeTo(() => lookout.owner);
  seemLikeWorker(assignment);
  const firstLoads = await selectPreloads(preloads);
  const first = await preload(firstLoads, options);
  if (!tellVerdicts(...(await sameIds.after(first, firstLoads)), () => 'rule')) return undefined;
  // A worker that must load preloads itself does so before its main module is known.
  if (first.skipped.length === 0) seemLikeMain(assignment);

  // The selection includes packages that are left out: one may be an agent, which must come before others.
  const { loads, bundle } = await selectPackages(selection, modules);
  const report = await preload(loads, options);
  if (!tellVerdicts(...(await sameIds.after(report, loads)), choicesOf(loads))) return undefined;
  const prepared = {
    packages: report.packages.length,
    milliseconds: Math.round(first.ms + report.ms),
    preloads: preloadsFrom(first.skipped[0], preloads),
  };
  if (!preloadApp) {
    tellSkipped(report.skipped);
    tellUnseen(agents);
    return { ...prepared, bundle };
  }
  // Top-level await of the application has no limit here, as in a worker: the supervisor limits the whole preload.
  const own = selectModules(modules);
  const application = await preload(own, { ...options, timeout: Infinity });
  if (!tellVerdicts(...(await sameIds.after(application, own)), choicesOf([...loads, ...own]))) return undefined;
  tellSkipped([...report.skipped, ...application.skipped]);
  tellUnseen(agents);
  const shared = { ...prepared, milliseconds: Math.round(prepared.milliseconds + application.ms) };
  const warmUp = await warmUpLoad(
    own,
    application.skipped.map(({ name }) => name),
    assignment,
    recording,
  );
  if (!warmUp) return shared;
  const warmed = await preload([warmUp], { ...options, timeout: warmUpTimeout(assignment) });
  if (!tellVerdicts(...(await sameIds.after(warmed, [warmUp])), choicesOf([...loads, ...own]))) return undefined;
  return { ...shared, warmUp: Math.round(warmed.ms) };
}

/** Returns the first skipped preload and all after it. */
function preloadsFrom(skipped: SkippedPackage | undefined, preloads: readonly Preload[]): readonly Preload[] {
  const start = preloads.findIndex((preload) => preloadName(preload) === skipped?.name);
  return start < 0 ? [] : preloads.slice(start);
}
