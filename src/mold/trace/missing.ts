import { basename, relative } from 'node:path';
import { adviseOnMissing, isListed } from '../../loading/not-installed.ts';
import { packageDirectory } from '../../loading/owner.ts';
import type { Unresolved } from './trace.ts';

/** A missing module that the application cannot start without. */
export interface Missing {
  /** The specifier, as imported. */
  readonly name: string;
  /** The file that imports it, in the form that `-r` accepts in the working directory. */
  readonly file: string;
  /** What to do about it: a sentence without a full stop. */
  readonly advice: string;
}

/**
 * Selects the unresolved imports that are certainly missing. A hook may resolve in another way, for example by the
 * `paths` of a tsconfig.json. So if there may be hooks, only packages that package.json names count.
 *
 * @param modules absolute paths of the `-r` modules
 * @param preloads the modules that Node preloads
 */
export function missingAmong(
  unresolved: readonly Unresolved[],
  modules: readonly string[],
  preloads: readonly string[],
  directory: string,
): Missing[] {
  // Yarn's Plug'n'Play has no node_modules.
  if (preloads.some((preload) => basename(preload).startsWith('.pnp'))) return [];
  const hasHooks = preloads.length > 0 || modules.some((module) => packageDirectory(module) !== undefined);
  return unresolved.flatMap(({ specifier: name, from }) => {
    if (hasHooks && !isListed(name, from)) return [];
    const advice = isPath(name) ? `${name} does not exist: build it, or correct the path` : adviseOnMissing(name, from);
    return advice === undefined ? [] : { name, file: shown(from, directory), advice };
  });
}

function isPath(specifier: string): boolean {
  return /^[./]/.test(specifier);
}

function shown(path: string, directory: string): string {
  const below = relative(directory, path);
  return below.startsWith('..') ? path : `./${below}`;
}
