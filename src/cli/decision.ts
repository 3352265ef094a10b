import { resolveSettings } from '../config/resolve.ts';
import type { Configuration, Settings } from '../config/settings.ts';
import { probeMachine } from '../dyno/probe.ts';
import { canMeasure } from '../dyno/usage.ts';
import { chooseMode, type ModeChoice } from './mode.ts';

/** What swarm has decided to do here: the same for `swarm plan`, which only says so, and for `swarm -r`. */
export interface Decision extends Configuration, ModeChoice {}

/** @throws ConfigError */
export function decide(): Decision {
  const configuration = resolveSettings(process.env, probeMachine());
  return { ...configuration, ...chooseMode(configuration.settings.mode) };
}

/** "4 workers (SWARM_COUNT), indexes 0 to 3, spawn mode (…)": the answer to what was decided, in half a sentence. */
export function describeDecision({ settings, origins, mode, reason }: Decision): string {
  const { count, index } = settings;
  const workers = count === 1 ? '1 worker' : `${count} workers`;
  const indexes = count === 1 ? `index ${index}` : `indexes ${index} to ${index + count - 1}`;
  return `${workers} (${origins.count}), ${indexes}, ${mode} mode${reason === undefined ? '' : ` (${reason})`}`;
}

/** These belong to parts that this version does not have. */
const MISSING: readonly (keyof Settings)[] = ['metrics', 'socket'];
/** These to the supervisor. */
const GUARDING: readonly (keyof Settings)[] = ['maxMemory', 'memoryInterval'];
/** And these to fork mode. */
const PRELOADING: readonly (keyof Settings)[] = ['preload', 'preloadApp'];

/** Why a setting changes nothing here, in half a sentence; undefined where it does. */
export function ineffective(name: keyof Settings, { mode }: ModeChoice): string | undefined {
  if (MISSING.includes(name)) return 'no effect in this version';
  if (GUARDING.includes(name)) {
    if (mode === 'inline') return 'no effect in inline mode';
    if (!canMeasure()) return 'no effect: what a process uses cannot be read here (/proc/<pid>/smaps_rollup)';
  }
  return mode !== 'fork' && PRELOADING.includes(name) ? `no effect in ${mode} mode` : undefined;
}

/** Variables that somebody has set in vain, and why. */
export function setInVain(decision: Decision): { variable: string; why: string }[] {
  const { origins } = decision;
  return [...MISSING, ...GUARDING, ...PRELOADING].flatMap((name) => {
    const why = ineffective(name, decision);
    return why !== undefined && origins[name].startsWith('SWARM_') ? [{ variable: origins[name], why }] : [];
  });
}
