import { resolveSettings } from '../config/resolve.ts';
import type { Configuration } from '../config/settings.ts';
import { type Machine, probeMachine } from '../machine/probe.ts';
import { chooseMode, type ModeChoice } from './mode.ts';
import { requireRights, requireWorkingDirectory } from './restrictions.ts';
import { type Size, size } from './size.ts';

/** What swarm has decided to do: the same for `swarm plan`, which only prints it, and for `swarm -r`. */
export interface Decision extends Configuration, ModeChoice {
  readonly machine: Machine;
  readonly size: Size;
}

/**
 * Decides from this process's environment and machine.
 *
 * @throws ConfigError
 */
export function decide(): Decision {
  requireWorkingDirectory();
  const configuration = resolveSettings(process.env);
  const choice = chooseMode(configuration.settings.mode);
  if (choice.mode !== 'inline') requireRights();
  return decideFor(configuration, probeMachine(), choice);
}

/**
 * @param image memory that the mold has loaded, bytes; undefined until it is measured
 * @throws ConfigError
 */
export function decideFor(
  { settings, origins, unknown }: Configuration,
  machine: Machine,
  { mode, reason }: ModeChoice,
  image?: number,
): Decision {
  const configuration = { settings, origins, unknown };
  return { ...configuration, mode, reason, machine, size: size(configuration, machine, { mode, image }) };
}
