/** Main module of the examiner: a throwaway process that loads what a mold would load and reports on each package. */
import { writeFileSync } from 'node:fs';
import { keepWarmUps } from '../loading/warm-ups.ts';
import { optionalNative } from '../native/binding.ts';
import { OWN_PATH } from '../node/own-code.ts';
import type { LoadAssignment } from '../protocol/assignment.ts';
import { STATUS_FD } from '../protocol/channel.ts';
import { takeAssignment } from '../protocol/environment.ts';
import type { Candidate, ExaminationMessage, Finding } from '../protocol/examination.ts';
import { RandomnessRecording } from '../sameness/randomness.ts';
import { list } from '../text/list.ts';
import { AgentBarrier } from './agents/barrier.ts';
import { barrierOf } from './barrier.ts';
import { collect, collectOnce } from './garbage.ts';
import { untilIdle } from './idle.ts';
import { Lookout } from './leftovers/leftovers.ts';
import { LeftoverOrigins } from './leftovers/origins.ts';
import { selectModules, selectPackages, selectPreloads } from './loads.ts';
import { ownMemory } from './memory.ts';
import { isPartOfNode, type Load, packageVersion } from './preload/load.ts';
import { preload } from './preload/preload.ts';
import type { PreloadReport } from './preload/report.ts';
import { seemLikeMain, seemLikeWorker } from './seem.ts';
import { tryFork } from './trial.ts';
import { type ChosenBy, choicesOf, judge } from './verdict/judge.ts';
import { SameIdCheck } from './verdict/same-ids.ts';
import { warmUpLoad, warmUpTimeout } from './warm-up/warm-up.ts';

const native = optionalNative();
native?.parentDeathSignal('SIGKILL', process.ppid);
process.title = 'swarm doctor';

const assignment = takeAssignment<LoadAssignment>(process.env);
const recording = new RandomnessRecording();
keepWarmUps();
seemLikeWorker(assignment);
const machine = native && (await tryFork(native));
const preloads = await selectPreloads(assignment.preloads);
const modules = assignment.preloadApp ? selectModules(assignment.modules) : [];
say({ type: 'begun', candidates: candidatesIn(preloads, false), machine });

const origins = new LeftoverOrigins();
const lookout = new Lookout();
recording.attributeTo(() => lookout.owner);
const sameIds = new SameIdCheck(recording);
const barrier = barrierOf(assignment);
const agents = new AgentBarrier(assignment);
const findings = await examine(preloads, () => 'rule');
if (findings.every(({ verdict }) => verdict === 'shared')) seemLikeMain(assignment);
const { loads: packages } = await selectPackages(assignment.preload, assignment.modules);
const candidates = [...candidatesIn(preloads, false), ...candidatesIn(packages, false), ...candidatesIn(modules, true)];
say({ type: 'begun', candidates, machine });
findings.push(
  ...(await examine(packages, choicesOf(packages))),
  ...(await examine(modules, choicesOf([...packages, ...modules]), Infinity)),
);
const warmUp = await warmUpAfter(findings);
if (warmUp) {
  // The warm-up may end this process, so report first.
  say({ type: 'loaded', findings: merged(findings) });
  say({ type: 'begun', candidates: [...candidates, ...candidatesIn([warmUp], false)], machine });
  const chosenBy = choicesOf([...packages, ...modules]);
  findings.push(...(await examine([warmUp], chosenBy, warmUpTimeout(assignment))));
}
lookout.end();
agents.end();
origins.end();
say({ type: 'loaded', findings: merged(findings) });

await untilIdle();
collect();
await recording.end();
native?.trim();
const unforkable = native && (await tryFork(native));
say({ type: 'ended', unforkable, bytes: ownMemory() });

/** Returns undefined if another examiner follows this one, or if there is nothing to warm up. */
async function warmUpAfter(findings: readonly Finding[]): Promise<Load | undefined> {
  if (!findings.every(({ verdict }) => ['shared', 'skipped', 'unsafe'].includes(verdict))) return undefined;
  const skipped = findings.filter(({ verdict }) => verdict === 'skipped').map(({ name }) => name);
  return warmUpLoad(modules, skipped, assignment, recording);
}

function candidatesIn(loads: readonly Load[], application: boolean): Candidate[] {
  const versions = new Map(loads.map((load) => [load.name, packageVersion(load)]));
  const rows = [...versions].map(([name, version]) => ({ name, version, application }));
  return rows.filter((row) => !isPartOfNode(row));
}

/** @param timeout limit on top-level await, milliseconds; a mold's limit for packages by default */
async function examine(
  loads: readonly Load[],
  chosenBy: (name: string) => ChosenBy,
  timeout?: number,
): Promise<Finding[]> {
  const loaded = withOrigins(
    await preload(loads, {
      collect: collectOnce,
      except: new Set(assignment.leaveOut),
      barrier,
      agents,
      lookout,
      onPackage: (name) => {
        origins.enter(name);
        say({ type: 'loading', name });
        return recording.begin(name);
      },
      ...(timeout !== undefined && { timeout }),
    }),
  );
  const [report, reasons] = await sameIds.after(loaded, loads);
  return findingsFrom(report, judge(report, reasons, chosenBy));
}

function findingsFrom({ packages, failed, skipped }: PreloadReport, verdicts: ReturnType<typeof judge>): Finding[] {
  const judged = new Map(verdicts.map(({ name, verdict, reason }) => [name, { verdict, reason }] as const));
  const finding = (row: Pick<Finding, 'name'> & Partial<Finding>): Finding => ({
    left: [],
    verdict: 'shared',
    ...row,
    ...judged.get(row.name),
    application: modules.some(({ name }) => name === row.name),
    timers: origins.of(row.name, 'timer'),
  });
  return [
    ...packages.map(finding),
    ...failed.map(({ name, version, stack }) => finding({ name, version, stack: withoutSwarm(stack) })),
    // An earlier examiner reported why these are left out.
    ...skipped.flatMap((row) =>
      assignment.leaveOut.includes(row.name) ? [] : finding({ ...row, verdict: 'skipped' }),
    ),
  ];
}

/** Merges findings with the same name: a package can leave something behind, or draw, while a later one loads. */
function merged(findings: readonly Finding[]): Finding[] {
  const rows = new Map<string, Finding>();
  for (const finding of findings) {
    const before = rows.get(finding.name);
    const { verdict, reason, remedy, left } = finding;
    const late = before && {
      ...before,
      ...(verdict !== 'shared' && { verdict, reason, remedy }),
      left: [...before.left, ...left],
    };
    rows.set(finding.name, late ?? finding);
  }
  return [...rows.values()];
}

function withOrigins(report: PreloadReport): PreloadReport {
  const packages = report.packages.map((row) => {
    const left = row.left.map((leftover) => {
      const { kind, detail } = leftover;
      const places = [...new Set(origins.of(row.name, kind))].filter((place) => place !== row.name);
      return places.length === 0 ? leftover : { ...leftover, detail: `${detail}, by ${list(places)}` };
    });
    return { ...row, left };
  });
  return { ...report, packages };
}

function withoutSwarm(stack: string): string {
  const lines = stack.split('\n');
  return lines.filter((line) => !/^\s+at /.test(line) || !line.includes(OWN_PATH)).join('\n');
}

/** Writes synchronously: a package may block the event loop forever. */
function say(message: ExaminationMessage): void {
  writeFileSync(STATUS_FD, `${JSON.stringify(message)}\n`);
}
