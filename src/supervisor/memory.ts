import type { Measurement } from './events.ts';
import type { Fleet, Worker } from './fleet.ts';
import { mayReplace, slotOf } from './queries.ts';

/** The largest worker is recycled once the swarm uses more than this fraction of its memory limit. */
const FULL = 0.9;

/** A worker that uses this many times the least of any has grown, so recycling it gains something. */
const GROWN = 1.1;

/** Measures memory use. */
export interface Meter {
  /**
   * Never rejects.
   *
   * @param workers pids by worker id
   * @param others pids of the swarm's other processes
   */
  measure(workers: ReadonlyMap<number, number>, others: readonly number[]): Promise<Omit<Measurement, 'type'>>;
}

/** Kills by the kernel's out-of-memory killer; see machine/oom-kills.ts. */
export interface OomKiller {
  /** Takes one kill that was not taken or forgotten yet. Returns false if there is none. */
  take(): boolean;
  /** Forgets the remaining kills: they hit no worker. */
  forget(): void;
}

/** A worker that uses too much memory: more than a single worker may, or the most in a swarm that is nearly full. */
export interface Outgrown {
  worker: Worker;
  reason: 'worker' | 'swarm';
}

/** Returns the fleet with new figures. The memory use of a worker that is not ready is meaningless. */
export function withMeasurement(fleet: Fleet, { use, workers }: Measurement, now: number): Fleet {
  const { memory, policy } = fleet;
  const takenAt = memory.begunAt ?? memory.takenAt;
  const known = fleet.workers.map((worker): Worker => {
    // It may have become ready only after it was measured.
    const wasReady = worker.readyAt !== undefined && worker.readyAt <= takenAt;
    return wasReady ? { ...worker, memory: workers.get(worker.id) } : worker;
  });
  const least = Math.min(memory.least, ...known.filter(isCandidate).map(sizeOf));
  // Counted from now, not from the start of this measurement, so that they do not run back to back on a slow machine.
  const times = { measureAt: now + policy.memoryInterval, begunAt: undefined, takenAt };
  const next = { ...fleet, workers: known, memory: { ...memory, ...times, use, least } };
  return isFull(next) ? next : { ...next, memory: { ...next.memory, reportedFull: false } };
}

/** The worker to recycle now, if any: one at a time, and never by figures from before the last replacement. */
export function toRecycle(fleet: Fleet, now: number): Outgrown | undefined {
  if (!mayReplace(fleet)) return undefined;
  const recyclable = fleet.workers.filter((worker) => {
    const { recyclableAt, startableAt } = slotOf(fleet, worker.slot);
    return isCandidate(worker) && recyclableAt <= now && startableAt <= now;
  });
  const [largest] = recyclable.sort((a, b) => sizeOf(b) - sizeOf(a));
  const reason = largest && reasonToRecycle(fleet, largest);
  return reason && { worker: largest, reason };
}

/** Whether one more worker fits into the swarm's memory limit. */
export function hasRoom({ policy, memory }: Fleet): boolean {
  // Before the first measurement, trust the sizing.
  return policy.memory === 0 || memory.least === Infinity || memory.use + memory.least <= policy.memory;
}

/** Whether too much memory is in use, recycling would not help, and the log has not said so yet. */
export function isFullForGood(fleet: Fleet): boolean {
  if (fleet.memory.reportedFull || !mayReplace(fleet) || !isFull(fleet)) return false;
  const candidates = fleet.workers.filter(isCandidate);
  return candidates.length > 0 && !candidates.some((worker) => reasonToRecycle(fleet, worker));
}

function reasonToRecycle(fleet: Fleet, worker: Worker): Outgrown['reason'] | undefined {
  const { policy, memory } = fleet;
  const size = sizeOf(worker);
  if (policy.maxMemory > 0 && size > policy.maxMemory) return 'worker';
  return isFull(fleet) && size > GROWN * memory.least ? 'swarm' : undefined;
}

function isFull({ policy, memory }: Fleet): boolean {
  return policy.memory > 0 && memory.use > FULL * policy.memory;
}

/** Workers that are quiet or stopping are not recycled. */
function isCandidate({ state, memory }: Worker): boolean {
  return state === 'ready' && memory !== undefined;
}

function sizeOf({ memory }: Worker): number {
  return memory ?? 0;
}
