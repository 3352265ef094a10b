import type { Machine } from '../machine/probe.ts';
import { inMB, MB, plural } from '../text/units.ts';

/**
 * Private memory of a worker, bytes. With the 18 packages and the jobs of bench/, under full load and with the heap
 * limits of sizeHeap() for 512 MB, it was 71 to 95 MB forked and 92 to 119 MB spawned, on Node 20 to 24:
 *
 *     node bench/experiments/pages.js --count 4 --flags=--max-old-space-size=384
 *     node bench/experiments/pages.js --count 4 --contender swarm-spawn --flags='--max-old-space-size=384 --max-semi-space-size=8'
 */
const WORKER = { fork: 96 * MB, spawn: 128 * MB, inline: 128 * MB } as const;
/** Memory of the supervisor, and of Node's binary, which all processes share. */
const SWARM = 64 * MB;
/** An estimate of the memory that a mold loads and workers share, used until it is measured. */
const IMAGE = 64 * MB;
/** The fraction of the memory to plan with. The rest is a reserve: a dyno that reaches its quota starts to swap. */
const USABLE = 0.9;

/** Threads of a worker: eleven of Node, and three of swarm that watch the supervisor, handle TTIN and trim memory. */
const THREADS = 14;
/** Threads of the supervisor, the mold and a shell. */
const SWARM_THREADS = 32;

/** Descriptors of the supervisor besides one channel per worker: up to 36, and 12 to spare (process/descriptors.ts). */
const SWARM_DESCRIPTORS = 48;

/**
 * With at least this much memory per worker, swarm leaves the young generation of spawned workers to V8, which makes it
 * up to 192 MB, and is not frugal with that of forked workers that have a core each. Bytes.
 */
const PLENTY = 512 * MB;
/**
 * Size of a semi-space, bytes; the young generation takes up to three. `small` is for spawned workers that are short of
 * memory, the others are for forked workers. With 16 MB, a job of the benchmark takes about as much CPU time as under
 * node:cluster, with 8 MB 4 % more, and with 4 MB 8 % more. A worker under load takes 143, 107 and 100 MB (Node 24,
 * `fork + app`). With V8's default, it takes 300 MB.
 */
const YOUNG_GENERATION = { small: 8 * MB, roomy: 16 * MB, frugal: 4 * MB } as const;
/**
 * How much the heap of a forked worker can grow before it is collected, percent. With one worker per core, 50 costs a
 * fifth of the jobs per second, and 100 costs none. With four per core, both do more jobs than node:cluster, and 50
 * saves 11 MB per worker.
 *
 *     npm run bench -- --only swarm-fork-app,cluster
 */
const GROWTH = { roomy: 100, crowded: 50 } as const;
/** No application runs with a smaller heap. Bytes. */
const MIN_HEAP = 64 * MB;

/** Resources available to the workers. */
export interface Room extends Pick<Machine, 'limited' | 'cores' | 'processes' | 'descriptors'> {
  /** Memory limit of the whole swarm, bytes. */
  readonly memory: number;
  readonly mode: 'fork' | 'spawn' | 'inline';
  /** In fork mode, the memory that the mold has loaded, bytes; undefined until it is measured. */
  readonly image: number | undefined;
}

/** A number and the reason for it, in words. */
export interface Sized {
  readonly value: number;
  readonly reason: string;
}

/** One worker per core, but no more than fit. */
export function sizeCount(room: Room): Sized {
  if (room.mode === 'inline') return { value: 1, reason: 'inline mode' };
  const cores = { value: room.cores.value, reason: plural(room.cores.value, 'core') };
  const { value, reason } = least([cores, ...limits(room)]);
  return value === 0 ? { value: 1, reason: `at least one, although ${reason}` } : { value, reason };
}

/**
 * Why this many workers may be too many: a clause for each limit that they exceed. Undefined if they fit.
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
 * The size above which something must be wrong with a worker, bytes; 0: no limit. A worker can exceed its share while
 * the others do not need theirs, and once they do, the largest is recycled anyway. So the limit is twice the fair
 * share, and never a size that a healthy worker could reach.
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
  return { value: wholeMB(Math.max(need, usable(room))), reason: 'all the memory for workers' };
}

/** V8's heap limits, bytes, and heap growth, percent; undefined leaves the choice to V8. */
export interface Heap {
  readonly oldSpace: number | undefined;
  readonly semiSpace: number | undefined;
  readonly growth: number | undefined;
  /** Whether V8 saves memory at the expense of CPU time. */
  readonly frugal: boolean;
  readonly reason: string;
}

/**
 * V8 cannot see the size of a dyno, so swarm passes it on, and V8 lets less garbage pile up on a small one. swarm does
 * not divide the memory among the workers' heaps: a worker above its fair share may still fit, and loses its jobs if it
 * hits V8's limit, but not if swarm recycles it. So the limit does not depend on the number of workers. That number is
 * only final once the mold has loaded what it shares, and V8 reads its limits when a process starts.
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

/** With a core and plenty of memory per worker, a job costs no more CPU time than in an ordinary process. */
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

/** Memory for the workers, including what they share in fork mode. */
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
