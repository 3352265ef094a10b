/** The main module of a throw-away process that loads what a mold would, and says what would become of each of it. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { optionalNative } from '../native/binding.ts';
import { STATUS_FD } from '../protocol/channel.ts';
import { takeMoldAssignment } from '../protocol/environment.ts';
import type { ExaminationMessage, Finding, Subject } from '../protocol/examination.ts';
import { RandomnessRecording } from '../sameness/randomness.ts';
import { AgentBarrier } from './agents/barrier.ts';
import { collect, collectOnce } from './garbage.ts';
import { untilIdle } from './idle.ts';
import { judge } from './judgement.ts';
import { Lookout } from './leftovers/leftovers.ts';
import { LeftoverOrigins } from './leftovers/origins.ts';
import { ownMemory } from './memory.ts';
import { isPartOfNode, type Load, packageVersion } from './preload/load.ts';
import { applicationLoads, preload } from './preload/preload.ts';
import type { PreloadReport } from './preload/report.ts';
import { barrierOf, howAsked, seemLikeMain, seemLikeWorker, select, selectPreloads } from './prepare.ts';
import { Scrutiny } from './scrutiny.ts';
import { tryFork } from './trial.ts';

const SWARM = fileURLToPath(new URL('..', import.meta.url));

const native = optionalNative();
native?.parentDeathSignal('SIGKILL', process.ppid);
process.title = 'swarm doctor';

const assignment = takeMoldAssignment(process.env);
const recording = new RandomnessRecording();
seemLikeWorker(assignment);
const machine = native && (await tryFork(native));
const preloads = await selectPreloads(assignment.preloads);
const modules = assignment.preloadApp ? applicationLoads(assignment.modules) : [];
say({ type: 'begun', subjects: subjects(preloads, false), machine });

const origins = new LeftoverOrigins();
const lookout = new Lookout();
recording.attributeTo(() => lookout.owner);
const scrutiny = new Scrutiny(recording);
const barrier = barrierOf(assignment);
const agents = new AgentBarrier(assignment);
const findings = await examine(preloads, 'by rule');
if (findings.every(({ fate }) => fate === 'shared')) seemLikeMain(assignment);
const packages = await select(assignment);
say({
  type: 'begun',
  subjects: [...subjects(preloads, false), ...subjects(packages, false), ...subjects(modules, true)],
  machine,
});
findings.push(
  ...(await examine(packages, howAsked(packages))),
  ...(await examine(modules, howAsked([...packages, ...modules]), Infinity)),
);
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

function subjects(loads: readonly Load[], application: boolean): Subject[] {
  const versions = new Map(loads.map((load) => [load.name, packageVersion(load)]));
  const rows = [...versions].map(([name, version]) => ({ name, version, application }));
  return rows.filter((row) => !isPartOfNode(row));
}

/** @param timeout for what is awaited at the top level, milliseconds; undefined: a mold's own */
async function examine(
  loads: readonly Load[],
  asked: Parameters<typeof judge>[2],
  timeout?: number,
): Promise<Finding[]> {
  const report = withOrigins(
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
  const [scrutinized, reasons] = await scrutiny.of(report, loads);
  const judgements = judge(scrutinized, reasons, asked);
  const rows = [
    ...scrutinized.packages,
    ...report.failed.map(({ name, version, stack }) => ({ name, version, stack: withoutSwarm(stack), left: [] })),
    // Of those that are left out, the reason is known.
    ...report.skipped.filter(({ name }) => !assignment.leaveOut.includes(name)),
  ];
  const skipped = new Map(
    report.skipped.map(({ name, reason, remedy }) => [name, { fate: 'skipped', reason, remedy }] as const),
  );
  return rows.map((row): Finding => {
    const { fate, reason } = judgements.find(({ name }) => name === row.name) ??
      skipped.get(row.name) ?? { fate: 'shared', reason: undefined };
    const { remedy } = skipped.get(row.name) ?? {};
    const application = modules.some(({ name }) => name === row.name);
    return { left: [], ...row, application, fate, reason, remedy, timers: origins.of(row.name, 'timer') };
  });
}

/** What shows while others are loaded belongs to what was found out before. */
function merged(findings: readonly Finding[]): Finding[] {
  const rows = new Map<string, Finding>();
  for (const finding of findings) {
    const before = rows.get(finding.name);
    const { fate, reason, left } = finding;
    const late = before && { ...before, ...(fate !== 'shared' && { fate, reason }), left: [...before.left, ...left] };
    rows.set(finding.name, late ?? finding);
  }
  return [...rows.values()];
}

function withOrigins(report: PreloadReport): PreloadReport {
  const packages = report.packages.map((row) => {
    const left = row.left.map((remainder) => {
      const places = origins.of(row.name, remainder.kind);
      const known = [...new Set(places)].filter((place) => place !== row.name);
      return known.length === 0
        ? remainder
        : { ...remainder, detail: `${remainder.detail}, by ${known.join(' and ')}` };
    });
    return { ...row, left };
  });
  return { ...report, packages };
}

function withoutSwarm(stack: string): string {
  const lines = stack.split('\n');
  return lines.filter((line) => !/^\s+at /.test(line) || !line.includes(SWARM)).join('\n');
}

/** At once, although the event loop may not turn any more. */
function say(message: ExaminationMessage): void {
  writeFileSync(STATUS_FD, `${JSON.stringify(message)}\n`);
}
