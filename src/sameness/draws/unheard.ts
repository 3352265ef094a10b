import { type Owner, ownerOf } from '../../loading/owner.ts';
import { moduleInternals } from '../../node/module-internals.ts';

/**
 * Packages that draw from no generator that swarm observes, but keep a state from which all workers would continue. The
 * value is a predicate.
 */
const UNHEARD: Readonly<Record<string, string>> = {
  casual: 'seeds a generator with the time when it is loaded',
  'mersenne-twister': 'seeds generators with the time',
};

export interface Unheard {
  readonly owner: Owner;
  readonly deed: string;
}

/** Returns those that are loaded. All are CommonJS modules, which Node lists. */
export function unheard(): Unheard[] {
  const found = new Map<string, Unheard>();
  for (const file of Object.keys(moduleInternals._cache)) {
    const owner = ownerOf(file);
    const deed = Object.hasOwn(UNHEARD, owner.name) ? UNHEARD[owner.name] : undefined;
    if (deed !== undefined) found.set(owner.directory ?? file, { owner, deed });
  }
  return [...found.values()];
}
