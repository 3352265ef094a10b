import { ApplicationError } from '../config/errors.ts';
import type { Decision } from './decision.ts';

/** What a mold would load, as far as that can be told without loading anything. */
export interface Preloading {
  /** Packages, or files that SWARM_PRELOAD names, in the order in which they would be loaded. */
  readonly packages: readonly string[];
  /** Why there are none; undefined where there are. */
  readonly reason: string | undefined;
}

/**
 * @param modules absolute paths of the `-r` modules
 * @throws ApplicationError for what SWARM_PRELOAD names and nobody has installed
 */
export async function foreseePreloading(
  { settings, mode }: Decision,
  modules: readonly string[],
  directory: string,
): Promise<Preloading> {
  const { preload: selection } = settings;
  if (mode !== 'fork') return { packages: [], reason: `in ${mode} mode nothing is loaded before` };
  if (selection.length === 0) return { packages: [], reason: 'SWARM_PRELOAD names none' };
  if (selection === 'auto' && modules.length === 0) return { packages: [], reason: 'no module was named with -r' };

  const { selectLoads } = await import('../mold/selection.ts');
  const selected = selectLoads(selection, modules, directory).filter(({ name }) => !name.startsWith('node:'));
  // What follows an agent that each worker starts is loaded there as well.
  const agent = selected.findIndex(({ starts, isUncertain }) => starts !== undefined || isUncertain);
  const loads = selected.filter((load, index) => agent < 0 || index < agent || (load.isNamed && !load.starts));
  const missing = loads.find(({ url }) => url === undefined);
  if (missing) {
    throw new ApplicationError(
      `SWARM_PRELOAD names ${missing.name}, but there is no such package or file to load from ${directory}.`,
    );
  }
  const packages = [...new Set(loads.map(({ name }) => name))];
  const none = selection === 'auto' ? 'the -r modules import no package' : 'package.json has no dependency to load';
  return { packages, reason: packages.length === 0 ? none : undefined };
}
