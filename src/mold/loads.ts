import { pathToFileURL } from 'node:url';
import { mainModule } from '../loading/main-module.ts';
import type { Selection } from '../protocol/assignment.ts';
import type { Preload } from '../protocol/invocation.ts';
import type { Load } from './preload/load.ts';
import { preloadLoads } from './preload/node-preloads.ts';
import type { Survey } from './selection.ts';

/* What a mold loads, in this order. selection.ts pulls in a parser, so it is imported only when needed. */

/** Returns the modules that Node would have preloaded, and marks those that start an agent. */
export async function selectPreloads(preloads: readonly Preload[]): Promise<Load[]> {
  if (preloads.length === 0) return [];
  const { withStarts } = await import('./selection.ts');
  return withStarts(preloadLoads(preloads, process.cwd()));
}

/**
 * Returns the packages that SWARM_PRELOAD selects, and the size of the modules in bytes if they are a bundle.
 *
 * @param modules absolute paths of the `-r` modules
 */
export async function selectPackages(
  selection: Selection,
  modules: readonly string[],
): Promise<Pick<Survey, 'loads' | 'bundle'>> {
  if (selection.length === 0) return { loads: [], bundle: undefined };
  const { survey } = await import('./selection.ts');
  return survey(selection, modules, process.cwd());
}

/** Returns the `-r` modules themselves. */
export function selectModules(modules: readonly string[]): Load[] {
  return modules.map((path) => {
    const how = path === mainModule(modules, process.cwd()) ? 'as main' : 'as module';
    return { name: path, specifier: path, how, from: path, url: pathToFileURL(path).href, isNamed: true };
  });
}
