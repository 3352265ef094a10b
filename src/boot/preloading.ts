import { ApplicationError } from '../config/errors.ts';
import type { Load, Missing } from '../mold/selection.ts';
import { describeBundle } from '../supervisor/notices/mold.ts';
import type { Decision } from './decision.ts';

export type { Missing } from '../mold/selection.ts';

/** What a mold would load, as far as swarm can tell without loading anything. */
export interface Preloading {
  /** Packages, or files that SWARM_PRELOAD names, in loading order. */
  readonly packages: readonly string[];
  /** Why there are none; undefined if there are any. */
  readonly reason: string | undefined;
  readonly missing: readonly Missing[];
}

/**
 * @param modules absolute paths of the `-r` modules
 * @param preloads what Node loads first, by name
 * @throws ApplicationError if SWARM_PRELOAD names a package that is not installed
 */
export async function foreseePreloading(
  { settings, mode }: Decision,
  modules: readonly string[],
  preloads: readonly string[],
  directory: string,
): Promise<Preloading> {
  const selection = mode === 'fork' ? settings.preload : [];
  const { missingAmong, survey } = await import('../mold/selection.ts');
  const { loads, unresolved, bundle } = survey(selection, modules, directory);
  const missing = missingAmong(unresolved, modules, preloads, directory);
  const packages = packagesIn(loads, directory);
  const reason = (): string => {
    if (mode !== 'fork') return `in ${mode} mode nothing is preloaded`;
    if (selection.length === 0) return 'SWARM_PRELOAD names none';
    if (selection === 'default') return 'package.json has no dependency to load';
    if (modules.length === 0) return 'no module was named with -r';
    if (missing.length > 0) return 'what the -r modules import is not installed';
    if (bundle === undefined || settings.preloadApp) return 'the -r modules import no package';
    return `the -r modules import no package and ${describeBundle(bundle)}`;
  };
  return { packages, reason: packages.length === 0 ? reason() : undefined, missing };
}

function packagesIn(loads: readonly Load[], directory: string): string[] {
  const selected = loads.filter(({ name }) => !name.startsWith('node:'));
  // If each worker starts an agent, each worker also loads what comes after it.
  const agent = selected.findIndex(({ starts, isUncertain }) => starts !== undefined || isUncertain);
  const shared = selected.filter((load, index) => agent < 0 || index < agent || (load.isNamed && !load.starts));
  const absent = shared.find(({ isNamed, url }) => isNamed && url === undefined);
  if (absent) {
    throw new ApplicationError(
      `SWARM_PRELOAD names ${absent.name}, but there is no such package or file to load from ${directory}. ` +
        'Install it, or remove it from the list.',
    );
  }
  return [...new Set(shared.map(({ name }) => name))];
}

/** "./jobs.js imports pg, and no worker can start without it. pg is not installed: …" */
export function describeMissing({ name, file, advice }: Missing): string {
  return `${file} imports ${name}, and no worker can start without it. ${advice}`;
}
