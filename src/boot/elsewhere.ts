import { UsageError } from '../config/errors.ts';
import { resolveSettings } from '../config/resolve.ts';
import { CATALOG, type DynoType } from '../machine/heroku/catalog.ts';
import { findDynoType, machineLike, similarNames } from '../machine/heroku/named.ts';
import { type Decision, decideFor } from './decision.ts';

/**
 * What swarm would decide on a dyno of that type, wherever this is asked.
 *
 * @throws UsageError for a type that there is not, ConfigError
 */
export function decideOn(name: string): Decision {
  const machine = machineLike(dynoType(name));
  const configuration = resolveSettings(process.env);
  const { mode } = configuration.settings;
  // Every dyno can fork, whatever this machine lacks for it.
  if (mode === 'auto') return decideFor(configuration, machine, { mode: 'fork', reason: undefined });
  return decideFor(configuration, machine, { mode, reason: 'SWARM_MODE' });
}

function dynoType(name: string): DynoType {
  const type = findDynoType(name);
  if (type) return type;
  const similar = similarNames(name);
  const list = (names: string[]) => new Intl.ListFormat('en', { type: 'disjunction' }).format(names);
  const hint =
    similar.length > 0 ? `Perhaps it is ${list(similar)}` : `It is one of ${list(CATALOG.map((known) => known.name))}`;
  throw new UsageError(`--dyno ${JSON.stringify(name)}: there is no such type of dyno. ${hint}.`);
}
