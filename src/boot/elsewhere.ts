import { UsageError } from '../config/errors.ts';
import { resolveSettings } from '../config/resolve.ts';
import { CATALOG, type DynoType } from '../machine/heroku/catalog.ts';
import { findDynoType, machineLike } from '../machine/heroku/named.ts';
import { list } from '../text/list.ts';
import { type Decision, decideFor } from './decision.ts';

/**
 * What swarm would decide on a dyno of that type, from any machine.
 *
 * @throws UsageError for an unknown type; ConfigError
 */
export function decideOn(name: string): Decision {
  const machine = machineLike(dynoType(name));
  const configuration = resolveSettings(process.env);
  const { mode } = configuration.settings;
  // Every dyno can fork, even if this machine cannot.
  if (mode === 'auto') return decideFor(configuration, machine, { mode: 'fork', reason: undefined });
  return decideFor(configuration, machine, { mode, reason: 'SWARM_MODE' });
}

function dynoType(name: string): DynoType {
  const type = findDynoType(name);
  if (type) return type;
  const known = list(
    CATALOG.map((other) => other.name),
    'or',
  );
  throw new UsageError(`--dyno ${JSON.stringify(name)} is not a type of dyno: give ${known}.`);
}
