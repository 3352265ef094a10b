import type { Machine } from '../machine/probe.ts';
import { inMB, MB, plural } from '../text/units.ts';

/**
 * What a worker takes for itself, bytes. With the 18 packages and the jobs of bench/, at full load and with the heaps of
 * sizeHeap for 512 MB, it was 71 to 95 MB forked and 92 to 119 MB spawned, on Node 20 to 24:
 *
 *     node bench/experiments/pages.js --count 4 --flags=--max-old-space-size=384
 *     node bench/experiments/pages.js --count 4 --contender swarm-spawn --flags='--max-old-space-size=384 --max-semi-space-size=8'
 */
const WORKER = { fork: 96 * MB, spawn: 128 * MB, inline: 128 * MB } as const;
/** The supervisor, and Node's own file, which all processes share. */
const SWARM = 64 * MB;
/** An estimate of what a mold has loaded, used until it is measured. */
const IMAGE = 64 * MB;
/** The part of the memory to plan with. The rest is a reserve: a dyno that reaches its quota begins to swap. */
const USABLE = 0.9;

/** The threads of a worker: eleven are Node's, and three are swarm's, which watch the supervisor, take TTIN and trim memory. */
const THREADS = 14;
/** Those of the supervisor, the mold and a shell. */
const SWARM_THREADS = 32;

/** Of the supervisor: up to 36 for itself, and 12 that no worker may take (process/descriptors.ts). Each worker has a channel. */
const SWARM_DESCRIPTORS = 48;

/**
 * If each worker may use this much, swarm leaves the young generation to V8, which takes up to 192 MB in all. Bytes.
 */
const PLENTY = 512 * MB;
/**
 * The size of each of the three parts of the young generation, bytes: `small` for spawned workers where memory is short, the
 * others for forked ones. A job of the benchmark takes about as much processor time as under node:cluster with 16 MB, 4 % more
 * with 8, and 8 % more with 4; a worker under load takes 143, 107 and 100 MB (Node 24, `fork + app`). V8's own choice takes 300.
 */
const YOUNG_GENERATION = { small: 8 * MB, roomy: 16 * MB, frugal: 4 * MB } as const;
/**
 * By how much the heap of a forked worker may grow before it is collected, percent. With a worker a core, 50 costs a fifth
 * of the jobs a second, and 100 costs none; with four a core both do more jobs than node:cluster, and 50 takes 11 MB less
 * in each.
 *
 *     npm run bench -- --only swarm-fork-app,cluster
 */
const GROWTH = { roomy: 100, crowded: 50 } as const;
/** No application runs in less, bytes. */
const MIN_HEAP = 64 * MB;

/** What there is for the workers. */
export interface Room extends Pick<Machine, 'limited' | 'cores' | 'processes' | 'descriptors'> {
  /** All that the swarm may use, bytes. */
  readonly memory: number;
  readonly mode: 'fork' | 'spawn' | 'inline';
  /** Fork mode: what the mold has loaded, bytes; undefined: it has not been measured. */
  readonly image: number | undefined;
}

/** A number, and why it is this one, in words. */
export interface Sized {
  readonly value: number;
  readonly reason: string;
}

/** A worker a core, but no more than there is room for. */
export function sizeCount(room: Room): Sized {
  if (room.mode === 'inline') return { value: 1, reason: 'inline mode' };
  const cores = { value: room.cores.value, reason: plural(room.cores.value, 'core') };
  const { value, reason } = least([cores, ...limits(room)]);
  return value === 0 ? { value: 1, reason: `at least one, although ${reason}` } : { value, reason };
}

/**
 * Why this many workers may be too many: a clause for each limit that they exceed. Undefined if there is room for them.
 */
export function tooMany(room: Room, count: number): string | undefined {
  if (room.mode === 'inline') return undefined;
  const exceeded = limits(room).filter(({ value }) => count > value);
  if (exceeded.length === 0) return undefined;
  const tightestFirst = exceeded.sort((a, b) => a.value - b.value);
  return tightestFirst.map(({ reason }) => reason).join('; ');
}

function limits(room: Room): [Sized, ...Sized[]] {
  const { processes, descriptors } = room;
  return [
    memoryLimit(room),
    ...(processes ? [processLimit(processes.value)] : []),
    ...(descriptors ? [descriptorLimit(descriptors.value)] : []),
  ];
}

function memoryLimit(room: Room): Sized {
  const { memory, mode, image } = room;
  const value = Math.max(0, Math.floor((usable(room) - imageOf(room)) / WORKER[mode]));
  const preloaded = ` − ${inMB(imageOf(room))} for what is preloaded${image === undefined ? ' (an estimate)' : ''}`;
  const sum = `0.9 × ${inMB(memory)} − ${inMB(SWARM)} for swarm${mode === 'fork' ? preloaded : ''}, ${inMB(WORKER[mode])} each`;
  return { value, reason: `${fitting(value)} into the memory: ${sum}` };
}

function processLimit(processes: number): Sized {
  const value = Math.max(0, Math.floor((processes - SWARM_THREADS) / THREADS));
  return {
    value,
    reason: `${fitting(value)} into ${processes} processes and threads: ${SWARM_THREADS} for swarm, ${THREADS} each`,
  };
}

function descriptorLimit(descriptors: number): Sized {
  const value = Math.max(0, descriptors - SWARM_DESCRIPTORS);
  return {
    value,
    reason: `${fitting(value)} into ${descriptors} descriptors of the supervisor: ${SWARM_DESCRIPTORS} for swarm, 1 each`,
  };
}

/**
 * Above which size of a worker something is wrong with it, bytes; 0: none. It may well take more than its share as long as
 * the others do not need theirs, and should they, the largest is recycled anyway. So it is twice the fair share, and never
 * a size that any worker might come to.
 */
export function sizeMaxMemory(room: Room, count: number): Sized {
  if (!room.limited) return { value: 0, reason: 'off, because nothing limits the memory here' };
  const share = usable(room) / count;
  const need = WORKER[room.mode] + imageOf(room) / count;
  const [size, reason] =
    share >= need
      ? [2 * share, `twice the fair share of ${plural(count, 'worker')}`]
      : [2 * need, 'twice what swarm budgets for a worker'];
  if (size < usable(room)) return { value: wholeMB(size), reason };
  return { value: wholeMB(Math.max(need, usable(room))), reason: 'all that there is for workers' };
}

/** Limits for V8, bytes, and its growth, percent; undefined: its own choice. */
export interface Heap {
  readonly oldSpace: number | undefined;
  readonly semiSpace: number | undefined;
  readonly growth: number | undefined;
  /** Whether V8 saves memory at the expense of processor time. */
  readonly frugal: boolean;
  readonly reason: string;
}

/**
 * V8 cannot see how large a dyno is, so swarm tells it, and V8 lets less garbage pile up on a small one. swarm does not
 * tell V8 to divide the memory: a worker that has reached its fair share may still fit. A worker that runs into V8's
 * limit loses its jobs; one that swarm recycles does not. So the limit does not depend on the number of workers either.
 * That number is known only when the mold has loaded what it shares, and V8 takes its limits when a process starts.
 */
export function sizeHeap(room: Room, count: number): Heap {
  const { limited, memory } = room;
  const thrift = room.mode === 'fork' ? sharedThrift(room, count) : ownThrift(room, count);
  if (!limited) {
    const reason = 'no limit for the heap, because nothing limits the memory here';
    return { oldSpace: undefined, ...thrift, reason };
  }
  const oldSpace = wholeMB(Math.max(MIN_HEAP, (3 / 4) * memory));
  return { oldSpace, ...thrift, reason: `a heap of 3/4 of ${inMB(memory)} for the workers that need it` };
}

type Thrift = Pick<Heap, 'semiSpace' | 'growth' | 'frugal'>;

/** Where workers have a core and plenty of memory each, a job costs no more processor time than in a process of its own. */
function sharedThrift(room: Room, count: number): Thrift {
  const isCrowded = count > room.cores.value;
  const frugal = isCrowded || usable(room) / count < PLENTY;
  return {
    semiSpace: frugal ? YOUNG_GENERATION.frugal : YOUNG_GENERATION.roomy,
    growth: isCrowded ? GROWTH.crowded : GROWTH.roomy,
    frugal,
  };
}

function ownThrift(room: Room, count: number): Thrift {
  const isSmall = room.limited && usable(room) / count < PLENTY;
  return { semiSpace: isSmall ? YOUNG_GENERATION.small : undefined, growth: undefined, frugal: false };
}

/** For the workers, and in fork mode what they share. */
function usable({ memory }: Room): number {
  return Math.max(0, USABLE * memory - SWARM);
}

function imageOf({ mode, image = IMAGE }: Room): number {
  return mode === 'fork' ? image : 0;
}

function least([first, ...others]: [Sized, ...Sized[]]): Sized {
  return others.reduce((a, b) => (b.value < a.value ? b : a), first);
}

function fitting(count: number): string {
  if (count === 0) return 'not even one fits';
  return count === 1 ? '1 fits' : `${count} fit`;
}

function wholeMB(bytes: number): number {
  return Math.floor(bytes / MB) * MB;
}
