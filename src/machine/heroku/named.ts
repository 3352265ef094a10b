import type { Machine } from '../probe.ts';
import { CATALOG, type DynoType } from './catalog.ts';

/** Finds a dyno type by its name in upper or lower case: "standard-1x", "Standard-1X". */
export function findDynoType(name: string): DynoType | undefined {
  return CATALOG.find((type) => type.name === name.toLowerCase());
}

/** The machine that a process would find on a dyno of this type. */
export function machineLike(type: DynoType): Machine {
  const { name: source, memory, cores, processes, seenCores = cores } = type;
  const least = processes.length > 0 ? { value: Math.min(...processes), source } : undefined;
  return {
    memory: { value: memory, source },
    limited: true,
    cores: { value: cores, source },
    seenCores,
    processes: least,
    // Not documented.
    descriptors: undefined,
    dynoTypes: [type],
  };
}
