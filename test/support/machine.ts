import type { Room } from '../../src/boot/capacity.ts';
import { type Size, size } from '../../src/boot/size.ts';
import { resolveSettings } from '../../src/config/resolve.ts';
import type { Machine } from '../../src/machine/probe.ts';

const GB = 1024 ** 3;

/** A machine with 16 GB and no limits, except for the given properties. */
export function machine(cores: number, other: Partial<Machine> = {}): Machine {
  return {
    memory: { value: 16 * GB, source: '/proc/meminfo' },
    limited: false,
    cores: { value: cores, source: 'the machine' },
    seenCores: cores,
    processes: undefined,
    descriptors: undefined,
    dynoTypes: [],
    ...other,
  };
}

/** A machine with a memory limit in bytes. */
export function limitedMachine(cores: number, bytes: number): Machine {
  return machine(cores, { memory: { value: bytes, source: '/sys/fs/cgroup/memory.max' }, limited: true });
}

/** For workers that are spawned. */
export const SPAWN: Pick<Room, 'mode' | 'image'> = { mode: 'spawn', image: undefined };

/** The size of a swarm with these variables on this machine. */
export function sized(environment: Record<string, string>, machine: Machine, how = SPAWN): Size {
  return size(resolveSettings(environment), machine, how);
}
