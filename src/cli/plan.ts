import { describeDecision, ineffective, warnings } from '../boot/announce.ts';
import type { Heap } from '../boot/capacity.ts';
import { type Decision, decide } from '../boot/decision.ts';
import { resolveModules } from '../boot/modules.ts';
import { describeMissing, foreseePreloading, type Preloading } from '../boot/preloading.ts';
import { watchedPlaces } from '../boot/watch.ts';
import { describeAddress, type Settings } from '../config/settings.ts';
import { heapFlags, moldFlags } from '../process/node-flags.ts';
import { type Invocation, preloadName } from '../protocol/invocation.ts';
import { list } from '../text/list.ts';
import { layOut } from '../text/table.ts';
import { MB } from '../text/units.ts';

/** A fact or a decision, and its origin. */
interface Row {
  value: string | number | boolean | null;
  unit?: 's' | 'MB';
  origin: string;
}

/** A setting, in the unit of its variable. */
interface SettingRow extends Row {
  variable: string;
}

/** A fact about this machine, or a conclusion from it. */
interface FoundRow extends Row {
  name: string;
}

interface Plan {
  decision: Decision;
  /** Absolute paths of the -r modules. */
  modules: readonly string[];
  preloading: Preloading;
  /** The modules that Node loads first. */
  preloads: readonly string[];
  /** Watched directories and files. */
  watched: readonly string[];
}

interface PlanOptions {
  /** The values of the -r options. */
  modules: readonly string[];
  json: boolean;
  /** A dyno type; undefined for this machine. */
  dyno: string | undefined;
}

/**
 * Implements `swarm plan`: prints what would run here, and why. Starts nothing.
 *
 * @throws UserError if the swarm could not start, as far as that can be known
 */
export async function printPlan({ modules: names, json, dyno }: PlanOptions, { preloads }: Invocation): Promise<void> {
  const decision = dyno === undefined ? decide() : await decideElsewhere(dyno);
  const directory = process.cwd();
  const modules = await resolveModules(names, directory);
  const first = preloads.map(preloadName);
  const plan: Plan = {
    decision,
    modules,
    preloading: await foreseePreloading(decision, modules, first, directory),
    preloads: first,
    watched: decision.mode === 'inline' ? [] : watchedPlaces(decision.settings.watch, { directory, modules }),
  };
  console.log(json ? JSON.stringify(asJson(plan), null, 2) : asText(plan).join('\n'));
}

async function decideElsewhere(dyno: string): Promise<Decision> {
  const { decideOn } = await import('../boot/elsewhere.ts');
  return decideOn(dyno);
}

function asJson({ decision, modules, preloading: { packages, reason, missing }, preloads, watched }: Plan) {
  return {
    summary: describeDecision(decision),
    warnings: [...missing.map(describeMissing), ...warnings(decision)],
    mode: decision.mode,
    modeReason: decision.reason ?? null,
    dyno: decision.machine.dynoTypes.map(({ name }) => name),
    modules,
    preloads,
    preload: { packages, reason: reason ?? null },
    watched,
    missing,
    machine: listFound(decision),
    settings: listSettings(decision),
  };
}

function asText({ decision, modules, preloading, preloads, watched }: Plan): string[] {
  const found = listFound(decision).map((row) => [row.name, ...inWords(row)]);
  const settings = listSettings(decision).map((row) => [row.variable, ...inWords(row)]);
  return [
    `swarm would run ${describeDecision(decision)}.`,
    ...(modules.length > 0 ? [describeModules(modules, preloading)] : []),
    ...(preloads.length > 0 ? [`Node first preloads ${preloads.join(', ')}.`] : []),
    ...(watched.length > 0 ? [`swarm replaces the workers when a file in ${list(watched)} changes.`] : []),
    ...preloading.missing.map((missing) => `Warning: ${describeMissing(missing)}.`),
    ...warnings(decision).map((warning) => `Warning: ${warning}.`),
    '',
    ...layOut([...found, [], ...settings], ['left', 'left', 'left'], { indent: 2 }),
  ];
}

function inWords({ value, unit, origin }: Row): [value: string, origin: string] {
  return [value === null ? '-' : `${value}${unit === undefined ? '' : ` ${unit}`}`, origin];
}

/** Returns "Each worker loads /app/jobs.js; before the fork, 2 packages are loaded: bullmq, ioredis." */
function describeModules(modules: readonly string[], { packages, reason }: Preloading): string {
  const number = packages.length === 1 ? '1 package is' : `${packages.length} packages are`;
  const before = reason ?? `before the fork, ${number} loaded: ${packages.join(', ')}`;
  return `Each worker loads ${modules.join(', ')}; ${before}.`;
}

function listFound({ machine, size: { heap }, mode }: Decision): FoundRow[] {
  const { memory, limited, cores, processes, descriptors, dynoTypes } = machine;
  const rows: FoundRow[] = [
    {
      name: 'memory',
      ...megabytes(memory.value),
      origin: limited ? memory.source : `${memory.source}, with no limit set`,
    },
  ];
  if (dynoTypes.length > 0) {
    const killedAt = Math.min(...dynoTypes.map((type) => type.killedAt));
    rows.push({ name: 'R15', ...megabytes(killedAt), origin: 'Heroku kills a dyno that uses this much' });
  }
  return [
    ...rows,
    { name: 'cores', value: cores.value, origin: cores.source },
    { name: 'processes', value: processes?.value ?? null, origin: processes?.source ?? 'no known limit' },
    { name: 'descriptors', value: descriptors?.value ?? null, origin: descriptors?.source ?? 'no known limit' },
    ...listNodeOptions(heap, mode),
  ];
}

function listNodeOptions(heap: Heap, mode: Decision['mode']): FoundRow[] {
  const name = 'Node option';
  const flags = [...(mode === 'fork' ? moldFlags() : []), ...(mode === 'inline' ? [] : heapFlags(heap))];
  const isHeap = (flag: string) => flag.startsWith('--max-old-space-size');
  const forSize = mode === 'fork' ? 'workers share more' : 'little memory per worker';
  const rows: FoundRow[] = flags.map((value) => ({ name, value, origin: isHeap(value) ? heap.reason : forSize }));
  if (flags.some(isHeap)) return rows;
  const origin = heap.oldSpace === undefined ? heap.reason : 'the options given to Node set the heap';
  return [...rows, { name, value: null, origin }];
}

function megabytes(bytes: number): { value: number; unit: 'MB' } {
  return { value: Math.round(bytes / MB), unit: 'MB' };
}

function listSettings(decision: Decision): SettingRow[] {
  const { settings, size } = decision;
  const origins = { ...decision.origins, ...size.origins };
  const origin = (name: keyof Settings) => {
    const why = ineffective(name, decision);
    return why === undefined ? origins[name] : `${origins[name]} (${why})`;
  };
  const row = (variable: string, name: keyof Settings, value: Row['value']): SettingRow => {
    return { variable, value, origin: origin(name) };
  };
  const seconds = (variable: string, name: keyof Settings, milliseconds: number): SettingRow => {
    return { variable, value: milliseconds / 1000, unit: 's', origin: origin(name) };
  };
  const { preload, watch, listen } = settings;
  return [
    row('SWARM_COUNT', 'count', size.count),
    row('SWARM_INDEX', 'index', size.index),
    row('SWARM_MODE', 'mode', settings.mode),
    row('SWARM_PRELOAD', 'preload', typeof preload === 'string' ? preload : preload.join(',') || 'none'),
    row('SWARM_PRELOAD_APP', 'preloadApp', settings.preloadApp),
    seconds('SWARM_TIMEOUT', 'timeout', settings.timeout),
    seconds('SWARM_BOOT_TIMEOUT', 'bootTimeout', settings.bootTimeout),
    seconds('SWARM_HANG_TIMEOUT', 'hangTimeout', settings.hangTimeout),
    { variable: 'SWARM_MEMORY_MB', ...megabytes(size.memory), origin: origin('memory') },
    { variable: 'SWARM_MAXMEM_MB', ...megabytes(size.maxMemory), origin: origin('maxMemory') },
    seconds('SWARM_MEMORY_INTERVAL', 'memoryInterval', settings.memoryInterval),
    row('SWARM_INSPECT', 'inspect', settings.inspect ?? null),
    row('SWARM_LOG_LEVEL', 'logLevel', settings.logLevel),
    row('SWARM_LOG_FORMAT', 'logFormat', settings.logFormat),
    seconds('SWARM_MAXAGE', 'maxAge', settings.maxAge),
    row('SWARM_WATCH', 'watch', typeof watch === 'boolean' ? watch : watch.join(',')),
    row('SWARM_METRICS', 'metrics', settings.metrics),
    seconds('SWARM_METRICS_INTERVAL', 'metricsInterval', settings.metricsInterval),
    row('SWARM_LISTEN', 'listen', listen ? describeAddress(listen) : null),
    row('SWARM_SOCKET', 'socket', settings.socket ?? null),
  ];
}
