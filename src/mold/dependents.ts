import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Load, packageDirectory } from './load.ts';

/**
 * Which packages depend on which, by their package.json. That may be more than they load, but it is known before anything is
 * loaded, and of ES modules Node does not tell.
 */
export class Dependents {
  /** Of each package, by its real directory, all that it depends on, itself included. */
  readonly #closures = new Map<string, ReadonlySet<string>>();

  /**
   * Names of the loads whose package is this one, or depends on it, directly or not.
   *
   * @param directory of an installed package
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
    // Packages may depend on each other in a circle.
    const closure = new Set([directory]);
    for (const next of closure) {
      for (const name of dependenciesOf(next)) {
        const found = resolvePackage(name, next);
        if (found !== undefined) closure.add(found);
      }
    }
    this.#closures.set(directory, closure);
    return closure;
  }
}

const KINDS = ['dependencies', 'optionalDependencies', 'peerDependencies'] as const;

function dependenciesOf(directory: string): string[] {
  try {
    const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Record<string, object>;
    return KINDS.flatMap((kind) => Object.keys(manifest[kind] ?? {}));
  } catch {
    return [];
  }
}

/** Where Node finds it: in the nearest node_modules, seen from the real directory of the package that asks. */
function resolvePackage(name: string, from: string): string | undefined {
  const found = realPath(join(from, 'node_modules', name));
  if (found !== undefined) return found;
  return dirname(from) === from ? undefined : resolvePackage(name, dirname(from));
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
