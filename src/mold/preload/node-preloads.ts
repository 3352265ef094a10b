import { createRequire } from 'node:module';
import { isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isPreloadName, type Preload, preloadName } from '../../protocol/invocation.ts';
import type { Load } from './load.ts';

/** What Node would have loaded before the program. */
export function preloadLoads(preloads: readonly Preload[], directory: string): Load[] {
  const from = join(directory, 'package.json');
  return preloads.map((preload) => {
    const { option, module } = preload;
    return { name: preloadName(preload), specifier: module, how: `--${option}`, from, url: urlOf(module, from) };
  });
}

/** Its location, to tell its version. Hooks that are not loaded yet may find it elsewhere. */
function urlOf(module: string, from: string): string | undefined {
  if (module.startsWith('file:')) return module;
  try {
    const path = createRequire(from).resolve(module);
    return isAbsolute(path) ? pathToFileURL(path).href : undefined;
  } catch {
    return undefined;
  }
}

/** Whether it is a preload, as opposed to a package. The user did not ask for a preload to be shared. */
export function isPreload({ name }: Pick<Load, 'name'>): boolean {
  return isPreloadName(name);
}
