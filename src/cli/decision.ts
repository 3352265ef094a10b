import { resolveSettings } from '../config/resolve.ts';
import type { Configuration, Mode, Settings } from '../config/settings.ts';
import { probeMachine } from '../dyno/probe.ts';
import { chooseMode } from './mode.ts';

/** What swarm has decided to do here: the same for `swarm plan`, which only says so, and for `swarm -r`. */
export interface Decision extends Configuration {
  readonly mode: Exclude<Mode, 'auto'>;
  readonly modeReason: string;
}

/** @throws ConfigError */
export function decide(): Decision {
  const configuration = resolveSettings(process.env, probeMachine());
  const { mode, reason } = chooseMode(configuration.settings.mode);
  return { ...configuration, mode, modeReason: reason };
}

/** "4 workers (SWARM_COUNT), spawn mode (this version of …)": the answer to what was decided, in half a sentence. */
export function describeDecision({ settings, origins, mode, modeReason }: Decision): string {
  const { count, index } = settings;
  const workers = count === 1 ? '1 worker' : `${count} workers`;
  const indexes = count === 1 ? `index ${index}` : `indexes ${index} to ${index + count - 1}`;
  return `${workers} (${origins.count}), ${indexes}, ${mode} mode (${modeReason})`;
}

/** These belong to parts that this version does not have. */
export const WITHOUT_EFFECT: readonly (keyof Settings)[] = [
  'preload',
  'preloadApp',
  'maxMemory',
  'memory',
  'metrics',
  'socket',
];

/** Variables that somebody has set in vain. */
export function withoutEffect({ origins }: Decision): string[] {
  return WITHOUT_EFFECT.map((name) => origins[name]).filter((origin) => origin.startsWith('SWARM_'));
}
