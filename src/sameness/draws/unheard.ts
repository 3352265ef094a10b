import { type Owner, ownerOf } from '../../loading/owner.ts';
import { moduleInternals } from '../../node/module-internals.ts';

/**
 * Packages that draw from no generator that swarm hears, but keep a state that all workers would go on with. The value
 * is half a sentence.
 */
const UNHEARD: Readonly<Record<string, string>> = {
  casual: 'seeds a generator with the time when it is loaded',
  'mersenne-twister': 'seeds generators with the time',
};

export interface Unheard {
  readonly owner: Owner;
  readonly deed: string;
}

/** Those that are loaded. All are CommonJS, which Node keeps a list of. */
export function unheard(): Unheard[] {
  const found = new Map<string, Unheard>();
  for (const file of Object.keys(moduleInternals._cache)) {
    const owner = ownerOf(file);
    const deed = Object.hasOwn(UNHEARD, owner.name) ? UNHEARD[owner.name] : undefined;
    if (deed !== undefined) found.set(owner.directory ?? file, { owner, deed });
  }
  return [...found.values()];
}
