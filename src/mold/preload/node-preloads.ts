import { createRequire } from 'node:module';
import { isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isPreloadName, type Preload, preloadName } from '../../protocol/invocation.ts';
import type { Load } from './load.ts';

/** Returns loads of the modules that Node would have preloaded. */
export function preloadLoads(preloads: readonly Preload[], directory: string): Load[] {
  const from = join(directory, 'package.json');
  return preloads.map((preload) => {
    const { option, module } = preload;
    return { name: preloadName(preload), specifier: module, how: `--${option}`, from, url: urlOf(module, from) };
  });
}

/** Returns the module's location, to find its version. Hooks that are not loaded yet may resolve it elsewhere. */
function urlOf(module: string, from: string): string | undefined {
  if (module.startsWith('file:')) return module;
  try {
    const path = createRequire(from).resolve(module);
    return isAbsolute(path) ? pathToFileURL(path).href : undefined;
  } catch {
    return undefined;
  }
}

/** Whether it is a preload rather than a package. The user did not ask swarm to share a preload. */
export function isPreload({ name }: Pick<Load, 'name'>): boolean {
  return isPreloadName(name);
}
