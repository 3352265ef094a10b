import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { loadModule } from '../../loading/load-module.ts';
import { packageDirectory } from '../../loading/owner.ts';
import { preloadModule } from '../../loading/preload-module.ts';
import type { How } from '../trace/load-time-imports.ts';

/** A module to load before the fork, just as the application will ask for it. */
export interface Load {
  /** The package that it belongs to; the file as it was given; or a part of Node, such as `node:http`. */
  readonly name: string;
  readonly specifier: string;
  readonly how: How | 'as main' | 'as module' | 'as warm-up' | '--require' | '--import';
  /** The absolute path of the file that asks for it. */
  readonly from: string;
  /** The URL that `specifier` stands for there; undefined if it has none: loading it then says why. */
  readonly url: string | undefined;
  /** What to run instead of loading a module: a warm-up. */
  readonly run?: () => Promise<void>;
  /** SWARM_PRELOAD names it, as opposed to a rule. */
  readonly isNamed?: true;
  /** An agent that starts with it, and that each worker has to start for itself. */
  readonly starts?: string;
  /** An agent that the application may or may not load. The mold loads neither the agent nor what follows it. */
  readonly isUncertain?: true;
}

/** Loads the module into Node's cache. A later load of the same kind finds it there. */
export async function load({ specifier, how, from, url, run }: Load): Promise<void> {
  if (run) {
    await run();
  } else if (how === '--require' || how === '--import') {
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

/** What runs last, to compile the code of jobs. */
export function isWarmUp({ how }: Load): boolean {
  return how === 'as warm-up';
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
