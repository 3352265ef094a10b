import { ConfigError } from '../config/errors.ts';
import type { Configuration } from '../config/settings.ts';
import type { Machine } from '../machine/probe.ts';
import { plural } from '../text/units.ts';
import { type Heap, type Room, type Sized, sizeCount, sizeHeap, sizeMaxMemory, tooMany } from './capacity.ts';

/**
 * The size of a swarm: the user's settings, and values computed from the machine for everything that is not set. Memory
 * is in bytes.
 */
export interface Size {
  readonly count: number;
  /** The index of the worker in slot 0. */
  readonly index: number;
  /** Memory limit of the whole swarm. */
  readonly memory: number;
  /** Memory use above which a worker is recycled; 0: off. */
  readonly maxMemory: number;
  readonly heap: Heap;
  /** The origin of each value, for people. */
  readonly origins: { readonly [Name in 'count' | 'index' | 'memory' | 'maxMemory']: string };
  /** Whether something limits the swarm to that memory. Otherwise it is all the memory of the machine. */
  readonly limited: boolean;
  /**
   * Why this many workers may be too many: a clause for each limit that they exceed. Undefined if they fit.
   */
  readonly excess: string | undefined;
}

const MAX_PORT = 65_535;

/**
 * Computes the size. Pure. Runs again when the mold has measured its image, or when workers are spawned after all.
 *
 * @throws ConfigError if SWARM_INSPECT leaves too few ports above it for this many workers
 */
export function size(
  { settings, origins }: Configuration,
  machine: Machine,
  { mode, image }: Pick<Room, 'mode' | 'image'>,
): Size {
  const memory =
    settings.memory === 'auto'
      ? { value: machine.memory.value, reason: machine.memory.source }
      : { value: settings.memory, reason: origins.memory };
  const limited = machine.limited || settings.memory !== 'auto';
  const room: Room = { ...machine, mode, image, memory: memory.value, limited };

  const count = countOf(room, settings.count, origins.count);
  requirePorts(settings.inspect, count.value);
  const { index } = settings;
  const maxMemory =
    settings.maxMemory === 'auto'
      ? sizeMaxMemory(room, count.value)
      : { value: settings.maxMemory, reason: origins.maxMemory };
  return {
    count: count.value,
    index: typeof index === 'number' ? index : index.copy * count.value,
    memory: memory.value,
    maxMemory: maxMemory.value,
    heap: sizeHeap(room, count.value),
    origins: {
      count: count.reason,
      index: origins.index,
      memory: memory.reason,
      maxMemory: maxMemory.reason,
    },
    limited,
    excess: tooMany(room, count.value),
  };
}

function countOf(room: Room, given: number | 'auto', origin: string): Sized {
  if (given === 'auto' || room.mode === 'inline') return sizeCount(room);
  if (given >= 1) return { value: given, reason: origin };
  const cores = room.cores.value;
  return { value: Math.max(1, Math.floor(given * cores)), reason: `${origin}: ${given} of ${cores} cores` };
}

/** Slots have consecutive inspector ports. */
function requirePorts(first: number | undefined, count: number): void {
  const last = MAX_PORT - count + 1;
  if (first === undefined || first <= last) return;
  throw new ConfigError(
    `SWARM_INSPECT="${first}" is not the first of ${plural(count, 'port')}: give 1024 to ${last}, or leave it unset.`,
  );
}
