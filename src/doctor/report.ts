import { warnings } from '../boot/announce.ts';
import { describeMissing, type Missing } from '../boot/preloading.ts';
import type { Finding } from '../protocol/examination.ts';
import { isPreloadName } from '../protocol/invocation.ts';
import { WARM_UP } from '../protocol/messages.ts';
import { list } from '../text/list.ts';
import { layOut } from '../text/table.ts';
import { inMB, plural, tenthsOfMB } from '../text/units.ts';
import { adviseOn, answerOn, isSafe, type PreloadSetup } from './advice.ts';
import type { Conclusion } from './conclusion.ts';

/** Everything that `swarm doctor` reports. */
export interface DoctorReport {
  readonly findings: readonly Finding[];
  readonly conclusion: Conclusion;
  /** The `-r` modules in human-readable form: relative to the working directory. */
  readonly modules: readonly string[];
  /** Why no package would be loaded before the fork; undefined if any would be. */
  readonly nothing: string | undefined;
  /** Missing modules that the `-r` modules cannot start without. */
  readonly missing: readonly Missing[];
  /** Whether swarm can list open sockets and files here. */
  readonly seesDescriptors: boolean;
}

export function asJson(report: DoctorReport) {
  const { findings, conclusion, modules, nothing } = report;
  const { decision, outcome, forking } = conclusion;
  const { preload, preloadApp } = decision.settings;
  const setup = setupIn(report);
  return {
    safe: findings.every(isSafe),
    complete: report.seesDescriptors,
    outcome,
    forking,
    mode: decision.mode,
    modeReason: decision.reason ?? null,
    workers: decision.size.count,
    modules,
    preload: { selection: preload, application: preloadApp, reason: nothing ?? null },
    missing: report.missing,
    found: findings.map((finding) => {
      const { name, version, application, ms, bytes, left, timers, reason, stack } = finding;
      return {
        name,
        version: version ?? null,
        application,
        ms: ms === undefined ? null : Math.round(ms),
        bytes: bytes ?? null,
        left,
        timers,
        verdict: answerOn(finding),
        reason: reason ?? null,
        stack: stack ?? null,
        advice: adviseOn(finding, setup) ?? null,
      };
    }),
    shared: { ...sharedIn(findings), image: conclusion.image ?? null },
  };
}

export function asText(report: DoctorReport): string[] {
  const { findings, conclusion } = report;
  const setup = setupIn(report);
  const advice = [...adviceFor(findings, setup)].flatMap(([sentences, about]) => {
    const stack = about[0]?.stack?.split('\n').map((line) => `    ${line}`) ?? [];
    return [`${about.map(({ name }) => name).join(', ')}: ${sentences}`, ...stack];
  });
  const problems = [...report.missing.map(describeMissing), ...warnings(conclusion.decision)];
  const blocks = [
    describeCandidates(report),
    findings.length > 0 ? layOut([HEADER, ...findings.map(cells)], ALIGN, { indent: 2 }) : [],
    advice,
    report.seesDescriptors ? [] : ['Open sockets and files were not checked: that needs /proc.'],
    describeShared(report),
    [conclusion.forking, conclusion.outcome, ...problems.map((text) => `Warning: ${text}.`)],
  ];
  return blocks.filter((block) => block.length > 0).flatMap((block, index) => (index === 0 ? block : ['', ...block]));
}

/** Groups findings by advice: one preload may keep many packages from being shared. */
function adviceFor(findings: readonly Finding[], setup: PreloadSetup): Map<string, Finding[]> {
  const advice = new Map<string, Finding[]>();
  for (const finding of findings) {
    const sentences = adviseOn(finding, setup);
    if (sentences !== undefined) advice.set(sentences, [...(advice.get(sentences) ?? []), finding]);
  }
  return advice;
}

function setupIn({ findings, conclusion }: DoctorReport): PreloadSetup {
  const { settings } = conclusion.decision;
  const shareable = findings.filter((finding) => finding.verdict === 'shared' && isPackage(finding));
  return { ...settings, shareable: shareable.map(({ name }) => name) };
}

/** Whether it is a package, not a `-r` module, a preload or the warm-up. */
function isPackage({ name, application }: Finding): boolean {
  return !application && !isPreloadName(name) && name !== WARM_UP;
}

/** "18 packages are loaded before the fork." */
function describeCandidates({ findings, conclusion, modules, nothing }: DoctorReport): string[] {
  const { mode, reason, settings } = conclusion.decision;
  const number = findings.filter((finding) => isPackage(finding) && finding.verdict !== 'skipped').length;
  const isForking = mode === 'fork';
  const [is, are] = isForking ? ['is', 'are'] : ['would be', 'would be'];
  const where = isForking ? '' : `In ${mode} mode (${reason}) nothing is shared. In fork mode, `;
  const none = isForking ? 'No package' : 'no package';
  const what = number === 0 ? none : plural(number, 'package');
  const why = nothing === undefined ? '' : `: ${nothing}`;
  const packages = `${where}${what} ${number > 1 ? are : is} loaded before the fork${why}`;
  const names = modules.join(', ');
  if (modules.length === 0) return [`${packages}.`];
  if (settings.preloadApp) return [`${packages}, then ${names} (SWARM_PRELOAD_APP).`];
  const them = modules.length === 1 ? ['it was', 'it'] : ['they were', 'them'];
  return [
    `${packages}.`,
    `Each worker loads ${names} itself, so ${them[0]} not loaded here; to examine ${them[1]} as well, set SWARM_PRELOAD_APP=1.`,
  ];
}

const HEADER = ['package', 'version', 'ms', 'MB', 'leaves behind', 'preload it?'];
const ALIGN = ['left', 'left', 'right', 'right', 'left', 'left'] as const;

function cells(finding: Finding): string[] {
  const { name, version, ms, bytes } = finding;
  return [
    name,
    version ?? '-',
    ms === undefined ? '-' : String(Math.round(ms)),
    bytes === undefined ? '-' : inTenths(bytes),
    describeLeftovers(finding) || '-',
    answerOn(finding),
  ];
}

/** "2 sockets, worker thread" */
function describeLeftovers({ left, timers }: Finding): string {
  const counts = new Map<string, number>();
  for (const { kind } of left) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  if (timers.length > 0) counts.set('timer', timers.length);
  return [...counts].map(([kind, count]) => (count === 1 ? kind : manyOf(count, kind))).join(', ');
}

function manyOf(count: number, kind: string): string {
  return kind === 'child process' ? `${count} child processes` : plural(count, kind);
}

/** Never negative: garbage collection may free more than a small package takes. */
function inTenths(bytes: number): string {
  return tenthsOfMB(Math.max(0, bytes));
}

interface Shared {
  readonly preloads: number;
  readonly packages: number;
  readonly modules: number;
  readonly ms: number;
  readonly bytes: number;
}

function sharedIn(findings: readonly Finding[]): Shared {
  const used = findings.filter(({ verdict }) => verdict === 'shared' || verdict === 'unsafe');
  // Workers would not warm up themselves.
  const shared = used.filter(({ name }) => name !== WARM_UP);
  const modules = shared.filter(({ application }) => application).length;
  const sum = (value: (finding: Finding) => number | undefined) =>
    shared.reduce((total, finding) => total + (value(finding) ?? 0), 0);
  const preloads = shared.filter(({ name }) => isPreloadName(name)).length;
  return {
    preloads,
    packages: shared.length - modules - preloads,
    modules,
    ms: Math.round(sum(({ ms }) => ms)),
    bytes: sum(({ bytes }) => bytes),
  };
}

/** "19 packages, 412 ms, 58 MB: what each of 4 workers would otherwise load for itself." */
function describeShared({ findings, conclusion }: DoctorReport): string[] {
  const { preloads, packages, modules, ms, bytes } = sharedIn(findings);
  if (preloads + packages + modules === 0) return [];
  const things = [
    preloads > 0 && plural(preloads, 'preload'),
    packages > 0 && plural(packages, 'package'),
    modules > 0 && plural(modules, 'module'),
  ];
  const { decision, image } = conclusion;
  const { mode, size } = decision;
  const { count } = size;
  const who = count === 1 ? 'the worker' : `each of ${count} workers`;
  const without = mode === 'fork' ? 'would otherwise load' : 'loads';
  const sum = `${list(things.filter((thing) => thing !== false))}, ${ms} ms, ${inTenths(bytes)} MB`;
  const all =
    image === undefined ? '' : ` With Node itself, ${inMB(image)} ${mode === 'fork' ? 'is' : 'could be'} shared.`;
  return [`${sum}: what ${who} ${without} for itself.${all}`];
}
