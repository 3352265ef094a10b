import type { Machine } from '../probe.ts';
import { CATALOG, type DynoType } from './catalog.ts';

/** However it is written: "standard-1x", "Standard-1X". */
export function findDynoType(name: string): DynoType | undefined {
  return CATALOG.find((type) => type.name === name.toLowerCase());
}

/** What a process in such a dyno would find. */
export function machineLike(type: DynoType): Machine {
  const { name: source, memory, cores, processes, seenCores = cores } = type;
  const least = processes.length > 0 ? { value: Math.min(...processes), source } : undefined;
  return {
    memory: { value: memory, source },
    limited: true,
    cores: { value: cores, source },
    seenCores,
    processes: least,
    dynoTypes: [type],
  };
}

/** The names that are most like this one, the most similar first; none if it is like none of them. */
export function similarNames(name: string): string[] {
  const asked = pairs(name.toLowerCase());
  const likeness = (other: string) => {
    const found = pairs(other);
    return (2 * found.filter((pair) => asked.includes(pair)).length) / (asked.length + found.length);
  };
  const scored = CATALOG.map((type) => ({ name: type.name, score: likeness(type.name) }));
  const similar = scored.filter(({ score }) => score > 0.4).sort((a, b) => b.score - a.score);
  return similar.slice(0, 5).map((row) => row.name);
}

/** "1x" is " 1", "1x", "x ". */
function pairs(text: string): string[] {
  return Array.from({ length: text.length + 1 }, (_, at) => ` ${text} `.slice(at, at + 2));
}
