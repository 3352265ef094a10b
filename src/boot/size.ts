import { ConfigError } from '../config/errors.ts';
import type { Configuration } from '../config/settings.ts';
import type { Machine } from '../machine/probe.ts';
import { plural } from '../text/units.ts';
import { type Heap, type Room, type Sized, sizeCount, sizeHeap, sizeMaxMemory, tooMany } from './capacity.ts';

/**
 * What a swarm consists of here: the user's settings, and for everything else what the machine has room for. Memory is
 * in bytes.
 */
export interface Size {
  readonly count: number;
  /** The index of the worker in slot 0. */
  readonly index: number;
  /** What the whole swarm may use. */
  readonly memory: number;
  /** Above this a worker is recycled; 0: off. */
  readonly maxMemory: number;
  readonly heap: Heap;
  /** The origin of each value, for people. */
  readonly origins: { readonly [Name in 'count' | 'index' | 'memory' | 'maxMemory']: string };
  /** Something limits the swarm to that memory; otherwise it is all there is. */
  readonly limited: boolean;
  /**
   * Why this many workers may be too many, in a clause for each limit that they exceed; undefined if there is room for
   * them.
   */
  readonly excess: string | undefined;
}

/** A port is at most this. */
const MAX_PORT = 65_535;

/**
 * Pure. It runs again when the mold has measured its image, or when workers are spawned after all.
 *
 * @throws ConfigError if SWARM_INSPECT has too few ports above it for this many workers
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

/** Each slot has a port, one after the other. */
function requirePorts(first: number | undefined, count: number): void {
  const last = MAX_PORT - count + 1;
  if (first === undefined || first <= last) return;
  throw new ConfigError(
    `SWARM_INSPECT="${first}" is not the first of ${plural(count, 'port')}: give 1024 to ${last}, or leave it unset.`,
  );
}
