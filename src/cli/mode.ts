import { ConfigError } from '../config/errors.ts';
import type { Mode } from '../config/settings.ts';

/** Why workers cannot be forked here. */
const NO_FORK = 'this version of swarm cannot fork workers yet';

/**
 * How workers come to be, and why.
 *
 * @throws ConfigError if fork was asked for by name and is not possible here
 */
export function chooseMode(wanted: Mode): { mode: Exclude<Mode, 'auto'>; reason: string } {
  switch (wanted) {
    case 'auto':
      return { mode: 'spawn', reason: NO_FORK };
    case 'fork':
      throw new ConfigError(
        `SWARM_MODE="fork" is not possible here: ${NO_FORK}. Give spawn, or leave it unset to have what is possible.`,
      );
    case 'spawn':
    case 'inline':
      return { mode: wanted, reason: 'SWARM_MODE' };
  }
}
