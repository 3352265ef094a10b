import { ApplicationError, ConfigError, type UserError } from '../config/errors.ts';
import type { Mode } from '../config/settings.ts';
import { loadNative, NoNativeError } from '../native/binding.ts';
import { whyUnforkable } from './restrictions.ts';

/** How workers are made. */
export interface ModeChoice {
  readonly mode: Exclude<Mode, 'auto'>;
  /** In half a sentence; undefined for fork where nothing speaks against it. */
  readonly reason: string | undefined;
}

/**
 * As far as it can be told without starting anything: whether a process can be copied shows when one is.
 *
 * @throws ConfigError if fork was asked for by name and is not possible here
 */
export function chooseMode(wanted: Mode): ModeChoice {
  if (wanted === 'spawn' || wanted === 'inline') return { mode: wanted, reason: 'SWARM_MODE' };
  const obstacle = whyNoFork();
  if (obstacle === undefined) return { mode: 'fork', reason: wanted === 'fork' ? 'SWARM_MODE' : undefined };
  const choice = modeAfter(wanted, { type: 'unforkable', reason: obstacle });
  if ('refusal' in choice) throw choice.refusal;
  return choice;
}

/** Why no process can be copied here, in half a sentence; undefined: nothing is known against it. */
export function whyNoFork(): string | undefined {
  try {
    loadNative();
  } catch (error) {
    if (error instanceof NoNativeError) return error.message;
    throw error;
  }
  return whyUnforkable();
}

/** Why there is no process to fork. */
export interface Setback {
  /** `unforkable`: it cannot be copied. `broken`: the code that it loads fails, and would fail in a worker as well. */
  readonly type: 'unforkable' | 'broken';
  /** In half a sentence. */
  readonly reason: string;
}

/** The mode after a setback, for `swarm -r` and for what `swarm doctor` foretells; or why swarm does not start. */
export function modeAfter(wanted: Mode, { type, reason }: Setback): ModeChoice | { readonly refusal: UserError } {
  if (type === 'broken') return { refusal: new ApplicationError(`${reason}.`) };
  if (wanted !== 'fork') return { mode: 'spawn', reason };
  return {
    refusal: new ConfigError(
      `SWARM_MODE="fork" is not possible here: ${reason}. Give spawn, or leave it unset to have what is possible.`,
    ),
  };
}
