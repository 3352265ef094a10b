import { warnings } from '../boot/decision.ts';
import type { Finding } from '../protocol/examination.ts';
import { isPreloadName } from '../protocol/invocation.ts';
import { list } from '../text/list.ts';
import { layOut } from '../text/table.ts';
import { inMB, plural, tenthsOfMB } from '../text/units.ts';
import { adviseOn, isSafe, verdictOn, type Wish } from './advice.ts';
import type { Conclusion } from './conclusion.ts';

/** All that `swarm doctor` has found out. */
export interface Diagnosis {
  readonly findings: readonly Finding[];
  readonly conclusion: Conclusion;
  /** The `-r` modules, as for people. */
  readonly modules: readonly string[];
  /** Why no package would be loaded before the fork; undefined where one would be. */
  readonly nothing: string | undefined;
  /** Open sockets and files can be seen here. */
  readonly seesDescriptors: boolean;
}

export function asJson(diagnosis: Diagnosis) {
  const { findings, conclusion, modules, nothing } = diagnosis;
  const { decision, outcome, forking } = conclusion;
  const { preload, preloadApp } = decision.settings;
  const wish = wishIn(diagnosis);
  return {
    safe: findings.every(isSafe),
    complete: diagnosis.seesDescriptors,
    outcome,
    forking,
    mode: decision.mode,
    modeReason: decision.reason ?? null,
    workers: decision.settings.count,
    modules,
    preload: { selection: preload, application: preloadApp, reason: nothing ?? null },
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
        verdict: verdictOn(finding),
        reason: reason ?? null,
        stack: stack ?? null,
        advice: adviseOn(finding, wish) ?? null,
      };
    }),
    shared: { ...sharedIn(findings), image: conclusion.image ?? null },
  };
}

export function asText(diagnosis: Diagnosis): string[] {
  const { findings, conclusion } = diagnosis;
  const wish = wishIn(diagnosis);
  const advice = [...adviceFor(findings, wish)].flatMap(([sentences, about]) => {
    const stack = about[0]?.stack?.split('\n').map((line) => `    ${line}`) ?? [];
    return [`${about.map(({ name }) => name).join(', ')}: ${sentences}`, ...stack];
  });
  const blocks = [
    describeSubjects(diagnosis),
    findings.length > 0 ? layOut([HEADER, ...findings.map(cells)], ALIGN, { indent: 2 }) : [],
    advice,
    diagnosis.seesDescriptors ? [] : ['Sockets and files that are left open cannot be seen here: that needs /proc.'],
    describeShared(diagnosis),
    [conclusion.forking, conclusion.outcome, ...warnings(conclusion.decision).map((text) => `Warning: ${text}.`)],
  ];
  return blocks.filter((block) => block.length > 0).flatMap((block, index) => (index === 0 ? block : ['', ...block]));
}

/** What there is to say, and of whom: the same of many, where one preload keeps all of them from being shared. */
function adviceFor(findings: readonly Finding[], wish: Wish): Map<string, Finding[]> {
  const advice = new Map<string, Finding[]>();
  for (const finding of findings) {
    const sentences = adviseOn(finding, wish);
    if (sentences !== undefined) advice.set(sentences, [...(advice.get(sentences) ?? []), finding]);
  }
  return advice;
}

function wishIn({ findings, conclusion }: Diagnosis): Wish {
  const { settings } = conclusion.decision;
  const fit = findings.filter((finding) => finding.fate === 'shared' && isPackage(finding)).map(({ name }) => name);
  return { ...settings, fit };
}

/** And neither a `-r` module nor a preload. */
function isPackage({ name, application }: Finding): boolean {
  return !application && !isPreloadName(name);
}

/** "18 packages are loaded before the fork." */
function describeSubjects({ findings, conclusion, modules, nothing }: Diagnosis): string[] {
  const { mode, reason, settings } = conclusion.decision;
  const number = findings.filter((finding) => isPackage(finding) && finding.fate !== 'skipped').length;
  const isForking = mode === 'fork';
  const [is, are] = isForking ? ['is', 'are'] : ['would be', 'would be'];
  const where = isForking ? '' : `In ${mode} mode (${reason}) nothing is shared. In fork mode, `;
  const none = isForking ? 'No package' : 'no package';
  const what = number === 0 ? none : plural(number, 'package');
  const why = nothing === undefined ? '' : `: ${nothing}`;
  const packages = `${where}${what} ${number > 1 ? are : is} loaded before the fork${why}`;
  const names = modules.join(', ');
  if (modules.length === 0) return [`${packages}.`];
  if (settings.preloadApp) return [`${packages}; and then ${names} (SWARM_PRELOAD_APP).`];
  const them = modules.length === 1 ? ['it was', 'it'] : ['they were', 'them'];
  return [
    `${packages}.`,
    `Each worker loads ${names} itself, so ${them[0]} not loaded here; to have ${them[1]} examined as well, set SWARM_PRELOAD_APP=1.`,
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
    describeLeft(finding) || '-',
    verdictOn(finding),
  ];
}

/** "2 sockets, worker thread" */
function describeLeft({ left, timers }: Finding): string {
  const counts = new Map<string, number>();
  for (const { kind } of left) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  if (timers.length > 0) counts.set('timer', timers.length);
  return [...counts].map(([kind, count]) => (count === 1 ? kind : manyOf(count, kind))).join(', ');
}

function manyOf(count: number, kind: string): string {
  return kind === 'child process' ? `${count} child processes` : plural(count, kind);
}

/** A collection between two looks may free more than a small package takes. */
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
  const shared = findings.filter(({ fate }) => fate === 'shared' || fate === 'unsafe');
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
function describeShared({ findings, conclusion }: Diagnosis): string[] {
  const { preloads, packages, modules, ms, bytes } = sharedIn(findings);
  if (preloads + packages + modules === 0) return [];
  const things = [
    preloads > 0 && plural(preloads, 'preload'),
    packages > 0 && plural(packages, 'package'),
    modules > 0 && plural(modules, 'module'),
  ];
  const { decision, image } = conclusion;
  const { mode, settings } = decision;
  const { count } = settings;
  const who = count === 1 ? 'the worker' : `each of ${count} workers`;
  const without = mode === 'fork' ? 'would otherwise load' : 'loads';
  const sum = `${list(things.filter((thing) => thing !== false))}, ${ms} ms, ${inTenths(bytes)} MB`;
  const all =
    image === undefined ? '' : ` With Node itself, ${inMB(image)} ${mode === 'fork' ? 'are' : 'could be'} shared.`;
  return [`${sum}: what ${who} ${without} for itself.${all}`];
}
