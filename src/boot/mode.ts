import { ApplicationError, ConfigError, type UserError } from '../config/errors.ts';
import type { Mode } from '../config/settings.ts';
import { loadNative, NoNativeError } from '../native/binding.ts';
import { whyUnforkable } from './restrictions.ts';

/** How workers are made. */
export interface ModeChoice {
  readonly mode: Exclude<Mode, 'auto'>;
  /** A clause; undefined if swarm chose fork by itself. */
  readonly reason: string | undefined;
}

/**
 * Chooses the mode without starting anything. Whether a process can really be copied shows only when a mold is ready.
 *
 * @throws ConfigError if SWARM_MODE=fork is impossible here
 */
export function chooseMode(wanted: Mode): ModeChoice {
  if (wanted === 'spawn' || wanted === 'inline') return { mode: wanted, reason: 'SWARM_MODE' };
  const obstacle = whyNoFork();
  if (obstacle === undefined) return { mode: 'fork', reason: wanted === 'fork' ? 'SWARM_MODE' : undefined };
  const choice = modeAfter(wanted, { type: 'unforkable', reason: obstacle });
  if ('refusal' in choice) throw choice.refusal;
  return choice;
}

/** Why no process can be copied here, as a clause; undefined if there is no known reason. */
export function whyNoFork(): string | undefined {
  try {
    loadNative();
  } catch (error) {
    if (error instanceof NoNativeError) return error.message;
    throw error;
  }
  return whyUnforkable();
}

/** Why there is no mold to fork from. */
export interface Setback {
  /** `unforkable`: it cannot be copied. `broken`: the code that it loads fails, and would fail in a worker too. */
  readonly type: 'unforkable' | 'broken';
  /** A clause. */
  readonly reason: string;
}

/** The mode after a setback, or why swarm does not start. `swarm doctor` uses it to predict either. */
export function modeAfter(wanted: Mode, { type, reason }: Setback): ModeChoice | { readonly refusal: UserError } {
  if (type === 'broken') return { refusal: new ApplicationError(`${reason}.`) };
  if (wanted !== 'fork') return { mode: 'spawn', reason };
  return {
    refusal: new ConfigError(
      `SWARM_MODE="fork" is not possible here: ${reason}. Give spawn, or leave it unset to let swarm choose.`,
    ),
  };
}
