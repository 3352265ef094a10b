import type { Settings } from '../config/settings.ts';
import type { Entry, Fields } from '../log/logger.ts';
import type { Machine } from '../machine/probe.ts';
import { canMeasure } from '../machine/usage.ts';
import type { Preloaded } from '../protocol/messages.ts';
import { describePreload } from '../supervisor/notices/mold.ts';
import { list } from '../text/list.ts';
import { inMB, plural } from '../text/units.ts';
import type { Decision } from './decision.ts';
import type { ModeChoice } from './mode.ts';
import type { Size } from './size.ts';

/** The boot line, and a warning for each setting that does not do what its user expects. */
export function announcement(decision: Decision, preloaded: Preloaded | undefined): Entry[] {
  const { mode, size } = decision;
  const { count: workers, index, memory, maxMemory } = size;
  const shared = preloaded ? `, ${describePreload(preloaded)}` : '';
  const fields = {
    workers,
    index,
    mode,
    memory,
    max_memory: maxMemory,
    packages: preloaded?.packages,
    preload_ms: preloaded && Math.round(preloaded.milliseconds),
    warm_up_ms: preloaded?.warmUp,
    bytes: preloaded?.bytes,
  };
  const warn = (about: Fields, message: string): Entry => ({ level: 'warn', event: 'boot', fields: about, message });
  return [
    { level: 'info', event: 'boot', fields, message: `swarm boot: ${describeDecision(decision)}${shared}` },
    ...warnings(decision).map((message) => warn({ workers }, message)),
    ...setInVain(decision).map(({ variable, why }) => warn({ variable }, `${variable} has ${why}`)),
  ];
}

/**
 * Log entries about a new number of workers, and the limits that it exceeds.
 *
 * @param overlaps whether the indexes overlap those of the next copy of the swarm
 */
export function scaled({ size }: Decision, before: number, overlaps: boolean): Entry[] {
  const { count: workers, index, maxMemory, excess } = size;
  const entry = (level: 'info' | 'warn', message: string): Entry => ({
    level,
    event: 'scale',
    fields: { workers, before, max_memory: maxMemory },
    message,
  });
  const warnings: string[] = [];
  if (excess !== undefined) warnings.push(`${plural(workers, 'worker')} may be too many: ${excess}`);
  if (overlaps)
    warnings.push(
      `the indexes ${index} to ${index + workers - 1} overlap those of the next copy of this swarm, so two workers may have the ` +
        'same index. Run more copies instead, or change COUNT in all of them',
    );
  return [
    entry('info', `swarm scale: ${plural(workers, 'worker')} instead of ${before}`),
    ...warnings.map((message) => entry('warn', message)),
  ];
}

export function unscaled(workers: number, { message }: Error): Entry {
  return {
    level: 'error',
    event: 'scale',
    fields: { workers },
    message: `${workers} workers are impossible: ${message}`,
  };
}

/** "4 workers on standard-1x (512 MB, 8 shared cores), fork mode" */
export function describeDecision({ size, machine, mode, reason }: Decision): string {
  const { count, index } = size;
  const workers = plural(count, 'worker');
  const indexes = count === 1 ? `index ${index}` : `indexes ${index} to ${index + count - 1}`;
  const numbered = index === 0 ? '' : `, ${indexes}`;
  return `${workers} ${describePlace(machine, size)}${numbered}, ${mode} mode${reason === undefined ? '' : ` (${reason})`}`;
}

/** "on standard-1x (512 MB, 8 shared cores)", "within 512 MB and 2 cores" */
export function describePlace({ dynoTypes, memory, seenCores, cores }: Machine, size: Size): string {
  const megabytes = size.memory === memory.value ? inMB(memory.value) : `${inMB(size.memory)} of ${inMB(memory.value)}`;
  if (dynoTypes.length > 0) {
    const isShared = dynoTypes.some(({ shared }) => shared);
    const seen = isShared ? plural(seenCores, 'shared core') : plural(cores.value, 'core');
    const names = dynoTypes.map(({ name }) => name);
    return `on ${list(names, 'or')} (${megabytes}, ${seen})`;
  }
  const own = `${megabytes} and ${plural(cores.value, 'core')}`;
  return size.limited ? `within ${own}` : `on a machine with ${own}`;
}

/** Warnings about too many workers, SWARM_WATCH in production, and unknown variables: sentences without a full stop. */
export function warnings({ settings, size: { count, excess }, unknown }: Decision): string[] {
  const them = count === 1 ? 'it' : 'them';
  const crowd = `${plural(count, 'worker')} may be too many, and swarm starts ${them} all the same: ${excess}`;
  const misnamed = unknown.map(({ name, nearest }) => {
    return `${name} has no effect: there is no such variable. The nearest name is ${nearest}`;
  });
  const production = settings.watch === false ? undefined : productionMark(process.env);
  const watching =
    `SWARM_WATCH is for development, but this looks like production (${production}): workers may load half of a deploy. ` +
    'Unset it, and run swarm restart after a deploy';
  return [...(excess === undefined ? [] : [crowd]), ...(production === undefined ? [] : [watching]), ...misnamed];
}

/** A variable that suggests production, with its value. */
function productionMark({ DYNO, NODE_ENV }: NodeJS.ProcessEnv): string | undefined {
  if (DYNO) return `DYNO=${DYNO}`;
  return NODE_ENV === 'production' ? 'NODE_ENV=production' : undefined;
}

/** Settings that need a supervisor. */
const SUPERVISING: readonly (keyof Settings)[] = ['maxAge', 'watch', 'metrics', 'metricsInterval', 'listen', 'socket'];
/** Settings that need a supervisor that can read the memory use of processes. */
const GUARDING: readonly (keyof Settings)[] = ['maxMemory', 'memoryInterval'];
/** Settings of fork mode. */
const PRELOADING: readonly (keyof Settings)[] = ['preload', 'preloadApp'];

/** Why a setting has no effect here, as a clause; undefined if it has. */
export function ineffective(name: keyof Settings, { mode }: ModeChoice): string | undefined {
  if (name === 'watch' && mode === 'inline')
    return "no effect in inline mode: start swarm with Node's own --watch instead";
  if (SUPERVISING.includes(name) && mode === 'inline') return 'no effect in inline mode';
  if (GUARDING.includes(name)) {
    if (mode === 'inline') return 'no effect in inline mode';
    if (!canMeasure())
      return 'no effect: swarm cannot read the memory use of processes here (/proc/<pid>/smaps_rollup)';
  }
  return mode !== 'fork' && PRELOADING.includes(name) ? `no effect in ${mode} mode` : undefined;
}

/** Variables that are set but have no effect, and why. */
export function setInVain(decision: Decision): { variable: string; why: string }[] {
  const { origins } = decision;
  return [...SUPERVISING, ...GUARDING, ...PRELOADING].flatMap((name) => {
    const why = ineffective(name, decision);
    return why !== undefined && origins[name].startsWith('SWARM_') ? [{ variable: origins[name], why }] : [];
  });
}
