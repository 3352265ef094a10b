import { fileURLToPath } from 'node:url';
import { type Load, packageDirectory } from '../load.ts';
import { dependenciesOf, realPath } from './manifests.ts';

const KINDS = ['dependencies', 'optionalDependencies', 'peerDependencies'] as const;

/** Which packages depend on which. */
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
      for (const found of dependenciesOf(next, KINDS)) closure.add(found);
    }
    this.#closures.set(directory, closure);
    return closure;
  }
}
