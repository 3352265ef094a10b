import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { loadModule } from '../../loading/load-module.ts';
import { packageDirectory } from '../../loading/owner.ts';
import { preloadModule } from '../../loading/preload-module.ts';
import type { How } from '../trace/load-time-imports.ts';

/** A module to load before the fork, exactly as the application will request it. */
export interface Load {
  /** The package that it belongs to; the file as given; or a built-in module, such as `node:http`. */
  readonly name: string;
  readonly specifier: string;
  readonly how: How | 'as main' | 'as module' | 'as warm-up' | '--require' | '--import';
  /** Absolute path of the file that imports it. */
  readonly from: string;
  /** URL that `specifier` resolves to there; undefined if it does not resolve, and loading it will then say why. */
  readonly url: string | undefined;
  /** The warm-up, to run instead of loading a module. */
  readonly run?: () => Promise<void>;
  /** The user chose it by SWARM_PRELOAD, `-r` or a warm-up; otherwise a rule did. */
  readonly isNamed?: true;
  /** Agent that loading this starts, if each worker must start it for itself. */
  readonly starts?: string;
  /** It is an agent that the application may or may not load. The mold loads neither the agent nor what follows it. */
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

/** Whether this is the warm-up, which runs last, to compile the code of jobs. */
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
