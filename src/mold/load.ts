import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { loadModule } from '../loading/load-module.ts';
import { preloadModule } from '../loading/preload-module.ts';
import { ownerOf } from '../sameness/owner.ts';
import type { How } from './trace/load-time-imports.ts';

/** A module to load before the fork, in the way in which the application is going to ask for it. */
export interface Load {
  /** The package that it belongs to; or the file as it was given; or a part of Node, such as `node:http`. */
  readonly name: string;
  readonly specifier: string;
  readonly how: How | 'as main' | 'as module' | '--require' | '--import';
  /** The absolute path of the file that asks for it. */
  readonly from: string;
  /** The URL that `specifier` stands for there; undefined where there is none, and then loading it says why. */
  readonly url: string | undefined;
  /** SWARM_PRELOAD names it, as opposed to a rule. */
  readonly isNamed?: true;
  /** An agent that starts with it, and that each worker has to start for itself. */
  readonly starts?: string;
  /** It is an agent, and whether the application loads it is not certain: it is not to be loaded, nor what follows it. */
  readonly isUncertain?: true;
}

/** Loads it. Whoever asks for it later in the same way gets the same one, out of Node's cache of modules. */
export async function load({ specifier, how, from, url }: Load): Promise<void> {
  if (how === '--require' || how === '--import') {
    await preloadModule(how === '--require' ? 'require' : 'import', specifier);
  } else if (how === 'as main' || how === 'as module') {
    await loadModule(from, how === 'as main');
  } else if (how === 'require') {
    createRequire(from)(specifier);
  } else if (url === undefined) {
    const { moduleResolve } = await import('import-meta-resolve');
    await import(moduleResolve(specifier, pathToFileURL(from)).href);
  } else {
    await import(url, url.endsWith('.json') ? { with: { type: 'json' } } : {});
  }
}

export function isPartOfNode({ name }: Pick<Load, 'name'>): boolean {
  return name.startsWith('node:');
}

/** The directory of the installed package that a file belongs to. */
export function packageDirectory(path: string): string | undefined {
  return ownerOf(path).directory;
}

/** The name of the package that a module belongs to, unless it is a file that no package was installed for. */
export function packageName(url: string): string | undefined {
  if (!url.startsWith('file:')) return url;
  const { name, directory } = ownerOf(url);
  return directory === undefined ? undefined : name;
}

export function packageVersion({ url }: Load): string | undefined {
  const directory = url?.startsWith('file:') ? packageDirectory(fileURLToPath(url)) : undefined;
  if (directory === undefined) return undefined;
  try {
    const { version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { version?: unknown };
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}
