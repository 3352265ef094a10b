import { resolveMode, resolveSettings } from '../config/resolve.ts';
import type { Configuration, Settings } from '../config/settings.ts';
import { type Machine, probeMachine } from '../machine/probe.ts';
import { canMeasure } from '../machine/usage.ts';
import { list } from '../text/list.ts';
import { inMB, plural } from '../text/units.ts';
import { chooseMode, type ModeChoice } from './mode.ts';
import { requireRights, requireWorkingDirectory } from './restrictions.ts';
import { type Heap, type Room, sizeHeap, tooMany } from './size.ts';

/** What swarm has decided to do here: the same for `swarm plan`, which only says so, and for `swarm -r`. */
export interface Decision extends Configuration, ModeChoice {
  readonly machine: Machine;
  readonly heap: Heap;
}

/** @throws ConfigError */
export function decideFor(machine: Machine, { mode, reason }: ModeChoice, image?: number): Decision {
  const configuration = resolveSettings(process.env, machine, { mode, image });
  const heap = sizeHeap(configuration.room, configuration.settings.count);
  return { ...configuration, mode, reason, machine, heap };
}

/**
 * What this process finds here.
 *
 * @throws ConfigError
 */
export function decide(): Decision {
  requireWorkingDirectory();
  const choice = chooseMode(resolveMode(process.env));
  if (choice.mode !== 'inline') requireRights();
  return decideFor(probeMachine(), choice);
}

/**
 * The same, now that more is known: how workers come to be after all, and what the mold has loaded. What was set stays.
 *
 * @throws ConfigError
 */
export function settle({ machine }: Decision, launch: ModeChoice & Partial<Pick<Room, 'image'>>): Decision {
  return decideFor(machine, launch, launch.image);
}

/** "4 workers on standard-1x (512 MB, 8 shared cores), fork mode": the answer to what was decided, in half a sentence. */
export function describeDecision({ settings, machine, room, mode, reason }: Decision): string {
  const { count, index } = settings;
  const workers = plural(count, 'worker');
  const indexes = count === 1 ? `index ${index}` : `indexes ${index} to ${index + count - 1}`;
  const numbered = index === 0 ? '' : `, ${indexes}`;
  return `${workers} ${describePlace(machine, room)}${numbered}, ${mode} mode${reason === undefined ? '' : ` (${reason})`}`;
}

function describePlace({ dynoTypes, memory, seenCores, cores }: Machine, room: Room): string {
  const megabytes = room.memory === memory.value ? inMB(memory.value) : `${inMB(room.memory)} of ${inMB(memory.value)}`;
  if (dynoTypes.length > 0) {
    const isShared = dynoTypes.some(({ shared }) => shared);
    const seen = isShared ? plural(seenCores, 'shared core') : plural(cores.value, 'core');
    const names = dynoTypes.map(({ name }) => name);
    return `on ${list(names, 'or')} (${megabytes}, ${seen})`;
  }
  const own = `${megabytes} and ${plural(cores.value, 'core')}`;
  return room.limited ? `within ${own}` : `on a machine with ${own}`;
}

/** What had better be known before it shows: sentences without a full stop. */
export function warnings({ settings, room, unknown }: Decision): string[] {
  const reason = tooMany(room, settings.count);
  const them = settings.count === 1 ? 'it' : 'them';
  const crowd = `${plural(settings.count, 'worker')} may be too many, and swarm starts ${them} all the same: ${reason}`;
  const misnamed = unknown.map(({ name, nearest }) => {
    return `${name} has no effect: swarm knows no such variable. The nearest is ${nearest}`;
  });
  return reason === undefined ? misnamed : [crowd, ...misnamed];
}

/** These belong to the supervisor. */
const SUPERVISING: readonly (keyof Settings)[] = ['metrics', 'metricsInterval', 'socket'];
/** These as well, and it has to see what a process uses. */
const GUARDING: readonly (keyof Settings)[] = ['maxMemory', 'memoryInterval'];
/** And these to fork mode. */
const PRELOADING: readonly (keyof Settings)[] = ['preload', 'preloadApp'];

/** Why a setting changes nothing here, in half a sentence; undefined where it does. */
export function ineffective(name: keyof Settings, { mode }: ModeChoice): string | undefined {
  if (SUPERVISING.includes(name) && mode === 'inline') return 'no effect in inline mode';
  if (GUARDING.includes(name)) {
    if (mode === 'inline') return 'no effect in inline mode';
    if (!canMeasure()) return 'no effect: what a process uses cannot be read here (/proc/<pid>/smaps_rollup)';
  }
  return mode !== 'fork' && PRELOADING.includes(name) ? `no effect in ${mode} mode` : undefined;
}

/** Variables that somebody has set in vain, and why. */
export function setInVain(decision: Decision): { variable: string; why: string }[] {
  const { origins } = decision;
  return [...SUPERVISING, ...GUARDING, ...PRELOADING].flatMap((name) => {
    const why = ineffective(name, decision);
    return why !== undefined && origins[name].startsWith('SWARM_') ? [{ variable: origins[name], why }] : [];
  });
}
