import type { Measurement } from './events.ts';
import type { Fleet, Worker } from './fleet.ts';
import { mayReplace, slotOf } from './queries.ts';

/** From this part of the memory on that the swarm may use, its largest worker is recycled. */
const FULL = 0.9;

/** A worker that uses so much more than one that has just come up has grown, and something is gained by recycling it. */
const GROWN = 1.1;

/** Measures memory use. */
export interface Meter {
  /**
   * Never rejects.
   *
   * @param workers pids by worker id
   * @param others the pids of the other processes of the swarm
   */
  measure(workers: ReadonlyMap<number, number>, others: readonly number[]): Promise<Omit<Measurement, 'type'>>;
}

/** What the kernel's out-of-memory killer has done here; see machine/oom-kills.ts. */
export interface OomKiller {
  /** Whether it has killed a process that was not told yet. */
  take(): boolean;
  /** What it has killed so far was no worker. */
  forget(): void;
}

/** A worker that uses too much: more than a worker may, or the most in a swarm that uses too much. */
export interface Outgrown {
  worker: Worker;
  reason: 'worker' | 'swarm';
}

/** The fleet with what was measured. What a worker uses before it is ready tells nothing. */
export function withMeasurement(fleet: Fleet, { use, workers }: Measurement, now: number): Fleet {
  const { memory, policy } = fleet;
  const takenAt = memory.begunAt ?? memory.takenAt;
  const known = fleet.workers.map((worker): Worker => {
    // It may have become ready after it was read.
    const wasReady = worker.readyAt !== undefined && worker.readyAt <= takenAt;
    return wasReady ? { ...worker, memory: workers.get(worker.id) } : worker;
  });
  const least = Math.min(memory.least, ...known.filter(isCandidate).map(sizeOf));
  // From now, not from when it began: on a machine that is slow, one must not follow the other without a pause.
  const times = { measureAt: now + policy.memoryInterval, begunAt: undefined, takenAt };
  const next = { ...fleet, workers: known, memory: { ...memory, ...times, use, least } };
  return isFull(next) ? next : { ...next, memory: { ...next.memory, reportedFull: false } };
}

/** The worker to recycle now, if there is one: one at a time, and never by figures from before the last recycle. */
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

/** Whether a new worker can be beside all that run, within what the swarm may use. */
export function hasRoom({ policy, memory }: Fleet): boolean {
  // Before anything was measured, they are as many as they were meant to be.
  return policy.memory === 0 || memory.least === Infinity || memory.use + memory.least <= policy.memory;
}

/** Too much memory is in use, recycling a worker would not change that, and the log has not said so. */
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

/** One that takes no work, or is leaving, is left alone. */
function isCandidate({ state, memory }: Worker): boolean {
  return state === 'ready' && memory !== undefined;
}

function sizeOf({ memory }: Worker): number {
  return memory ?? 0;
}
