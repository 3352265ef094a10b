import { ConfigError } from '../config/errors.ts';
import type { Mode } from '../config/settings.ts';
import { loadNative, NoNativeError } from '../native/binding.ts';
import { whyUnforkable } from './restrictions.ts';

/** How workers come to be. */
export interface ModeChoice {
  readonly mode: Exclude<Mode, 'auto'>;
  /** Undefined for fork where nothing speaks against it. */
  readonly reason: string | undefined;
}

/**
 * As far as it can be told without starting anything: whether a process can be copied shows when one is.
 *
 * @throws ConfigError if fork was asked for by name and is not possible here
 */
export function chooseMode(wanted: Mode): ModeChoice {
  if (wanted === 'spawn' || wanted === 'inline') return { mode: wanted, reason: 'SWARM_MODE' };
  try {
    loadNative();
  } catch (error) {
    if (!(error instanceof NoNativeError)) throw error;
    return withoutFork(wanted, error.message);
  }
  const reason = whyUnforkable();
  if (reason !== undefined) return withoutFork(wanted, reason);
  return { mode: 'fork', reason: wanted === 'fork' ? 'SWARM_MODE' : undefined };
}

/** @throws ConfigError if fork was asked for by name */
export function withoutFork(wanted: Mode, reason: string): ModeChoice {
  if (wanted !== 'fork') return { mode: 'spawn', reason };
  throw new ConfigError(
    `SWARM_MODE="fork" is not possible here: ${reason}. Give spawn, or leave it unset to have what is possible.`,
  );
}
