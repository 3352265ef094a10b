import { isAbsolute, relative } from 'node:path';
import type { Suspect } from '../sameness/draws/suspects.ts';
import { Dependents } from './dependencies.ts';
import type { Load } from './preload/load.ts';

/**
 * What must not be shared because of what was drawn while it was loaded, and why: half a sentence for each load, by its name.
 * What depends on such a package would bring it along, and gets the same sentence.
 *
 * @param loads those that were loaded
 */
export function unshareable(suspects: readonly Suspect[], loads: readonly Load[]): Map<string, string> {
  const reasons = new Map<string, string>();
  const dependents = new Dependents();
  for (const { owner, during, deed } of suspects) {
    const { name, directory } = owner;
    const holders = directory === undefined ? [] : dependents.of(directory, loads);
    // None of them says that it depends on it.
    if (holders.length === 0 && during !== undefined) holders.push(during);
    const who = directory === undefined && isAbsolute(name) ? relative(process.cwd(), name) : name;
    const subject = holders.length === 1 && holders[0] === name ? 'it' : who;
    for (const holder of holders) {
      if (!reasons.has(holder)) reasons.set(holder, `${subject} ${deed}, so that workers could make the same ids`);
    }
  }
  return reasons;
}
