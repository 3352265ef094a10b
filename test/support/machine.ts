import type { Room } from '../../src/boot/capacity.ts';
import { type Size, size } from '../../src/boot/size.ts';
import { resolveSettings } from '../../src/config/resolve.ts';
import type { Machine } from '../../src/machine/probe.ts';

const GB = 1024 ** 3;

/** A machine of 16 GB that nothing limits, and what differs from that. */
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

/** A machine with a limit of this many bytes. */
export function limitedMachine(cores: number, bytes: number): Machine {
  return machine(cores, { memory: { value: bytes, source: '/sys/fs/cgroup/memory.max' }, limited: true });
}

/** Workers are spawned. */
export const SPAWN: Pick<Room, 'mode' | 'image'> = { mode: 'spawn', image: undefined };

/** What a swarm with these variables is made of there. */
export function sized(environment: Record<string, string>, machine: Machine, how = SPAWN): Size {
  return size(resolveSettings(environment), machine, how);
}
