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
