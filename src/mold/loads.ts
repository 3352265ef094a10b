import { pathToFileURL } from 'node:url';
import { mainModule } from '../loading/main-module.ts';
import type { Selection } from '../protocol/assignment.ts';
import type { Preload } from '../protocol/invocation.ts';
import type { Load } from './preload/load.ts';
import { preloadLoads } from './preload/node-preloads.ts';
import type { Survey } from './selection.ts';

/* What a mold loads, in this order. selection.ts brings a parser with it, so it is imported only where it is needed. */

/** What Node would have loaded before the program, and which of it starts an agent. */
export async function selectPreloads(preloads: readonly Preload[]): Promise<Load[]> {
  if (preloads.length === 0) return [];
  const { withStarts } = await import('./selection.ts');
  return withStarts(preloadLoads(preloads, process.cwd()));
}

/**
 * The packages that SWARM_PRELOAD selects, and the size of the modules where they are a bundle, bytes.
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

/** The `-r` modules themselves. */
export function selectModules(modules: readonly string[]): Load[] {
  return modules.map((path) => {
    const how = path === mainModule(modules, process.cwd()) ? 'as main' : 'as module';
    return { name: path, specifier: path, how, from: path, url: pathToFileURL(path).href, isNamed: true };
  });
}
