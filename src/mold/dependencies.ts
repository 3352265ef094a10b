import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageDirectory } from '../loading/owner.ts';
import type { Load } from './preload/load.ts';

const KINDS = ['dependencies', 'optionalDependencies', 'peerDependencies'] as const;
type Kind = (typeof KINDS)[number];

/** Finds the packages that depend on a package, from their package.json files. */
export class Dependents {
  /** By a package's real directory: that directory and those of all its dependencies, direct and transitive. */
  readonly #closures = new Map<string, ReadonlySet<string>>();

  /**
   * Returns the names of the loads whose package is this one or depends on it, directly or transitively.
   *
   * @param directory the directory of an installed package
   */
  of(directory: string, loads: readonly Load[]): string[] {
    const wanted = realPath(directory) ?? directory;
    const names = loads.filter(({ url }) => {
      const own = url?.startsWith('file:') ? packageDirectory(fileURLToPath(url)) : undefined;
      const real = own === undefined ? undefined : realPath(own);
      return real !== undefined && this.#closure(real).has(wanted);
    });
    return [...new Set(names.map(({ name }) => name))];
  }

  #closure(directory: string): ReadonlySet<string> {
    const known = this.#closures.get(directory);
    if (known) return known;
    // Iterating a set also visits members added in the loop, each once, so circular dependencies terminate.
    const closure = new Set([directory]);
    for (const next of closure) {
      for (const found of dependenciesOf(next, KINDS)) closure.add(found);
    }
    this.#closures.set(directory, closure);
    return closure;
  }
}

/**
 * Reads a package's dependencies from its package.json. The package may load fewer of them, but package.json can be
 * read before anything is loaded, and Node does not report what an ES module loads.
 *
 * @param directory the real directory of the package
 * @returns the real directories of the installed dependencies
 */
export function dependenciesOf(directory: string, kinds: readonly Kind[]): string[] {
  return namedBy(directory, kinds).flatMap((name) => resolvePackage(name, directory) ?? []);
}

export function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function namedBy(directory: string, kinds: readonly Kind[]): string[] {
  try {
    const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Record<string, object>;
    return kinds.flatMap((kind) => Object.keys(manifest[kind] ?? {}));
  } catch {
    return [];
  }
}

/** Resolves as Node does: in the nearest node_modules that has it, from the dependent package's real directory. */
function resolvePackage(name: string, from: string): string | undefined {
  const found = realPath(join(from, 'node_modules', name));
  if (found !== undefined) return found;
  return dirname(from) === from ? undefined : resolvePackage(name, dirname(from));
}
