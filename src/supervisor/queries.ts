import type { Fleet, Slot, Worker } from './fleet.ts';
import { INSTRUCTIONS } from './lifecycle.ts';

/* Queries about a fleet. All are pure. */

/** Whether the swarm starts workers, now or after its boot. */
export function startsWorkers({ phase }: Pick<Fleet, 'phase'>): boolean {
  return phase === 'booting' || phase === 'running';
}

export function workerOf(fleet: Fleet, id: number): Worker | undefined {
  return fleet.workers.find((worker) => worker.id === id);
}

export function indexOf(fleet: Fleet, slot: number): number {
  return fleet.policy.index + slot;
}

/** All slots except removed ones, which disappear once their workers have left. */
export function slotsInUse({ slots, policy }: Fleet): readonly Slot[] {
  return slots.slice(0, policy.count);
}

/** The number of slots that these workers are in. During a replacement, a slot has two workers. */
export function slotsWith(workers: readonly Worker[]): number {
  return new Set(workers.map(({ slot }) => slot)).size;
}

export function emptySlots(fleet: Fleet): number[] {
  const taken = new Set(fleet.workers.map((worker) => worker.slot));
  return [...slotsInUse(fleet).keys()].filter((slot) => !taken.has(slot));
}

export function startableSlots(fleet: Fleet, now: number): number[] {
  if (fleet.phase !== 'running') return [];
  return emptySlots(fleet).filter((slot) => slotOf(fleet, slot).startableAt <= now);
}

export function slotOf(fleet: Fleet, slot: number): Slot {
  const found = fleet.slots[slot];
  if (!found) throw new Error(`there is no slot ${slot}: this is a bug in swarm`);
  return found;
}

/** When to measure memory next; Infinity if never, or while a measurement is under way. */
export function measureAt({ phase, memory, replacedAt }: Fleet): number {
  if (phase !== 'running' || memory.begunAt !== undefined || memory.measureAt === Infinity) return Infinity;
  // After a replacement, measure immediately: another worker may need recycling.
  return memory.takenAt < replacedAt ? replacedAt : memory.measureAt;
}

/** Whether the next worker can be replaced: none is being replaced, and memory figures, if any, are up to date. */
export function mayReplace({ phase, replacing, replacedAt, memory }: Fleet): boolean {
  return phase === 'running' && !replacing && (memory.measureAt === Infinity || memory.takenAt >= replacedAt);
}

/** Whether a worker is ready and not stopping. */
export function isAtWork({ state }: Worker): boolean {
  return state === 'ready' || state === 'quiet';
}

/** Whether this worker is the first of a new generation, which fails with it. */
export function isOnTrial({ rollout }: Fleet, { id }: Worker): boolean {
  return rollout?.first === id;
}

/** Old-generation workers that are at work, each with the instant from which it can be replaced. */
export function outdated(fleet: Fleet): { worker: Worker; at: number }[] {
  return fleet.workers
    .filter((worker) => worker.generation < fleet.generation && isAtWork(worker))
    .map((worker) => ({ worker, at: slotOf(fleet, worker.slot).startableAt }));
}

/** When to replace the next old-generation worker; Infinity until another event changes that. */
export function renewAt(fleet: Fleet): number {
  if (!mayReplace(fleet)) return Infinity;
  return Math.min(Infinity, ...outdated(fleet).map(({ at }) => at));
}

/** When to roll out changed files; Infinity if there are none, or if the swarm starts no more workers. */
export function settledAt(fleet: Fleet): number {
  return startsWorkers(fleet) ? (fleet.changes?.settledAt ?? Infinity) : Infinity;
}

/** Workers that must get a signal, and can take it now. */
export function awaitingSignals(fleet: Fleet): Worker[] {
  return fleet.workers.filter(({ online, instructed, sent }) => {
    if (INSTRUCTIONS.indexOf(instructed) <= INSTRUCTIONS.indexOf(sent)) return false;
    // TSTP would suspend a process that has no handler for it yet.
    return instructed !== 'quiet' || online;
  });
}

/** Whether every slot failed before any worker was proven. Then the application cannot boot here. */
export function cannotBoot(fleet: Fleet): boolean {
  const { phase, everProven } = fleet;
  return phase === 'running' && !everProven && slotsInUse(fleet).every((slot) => slot.failedToBoot || isRefused(slot));
}

/** The system may refuse a process for a moment, but not three times in a row, seconds apart. */
export function isRefused({ refusals }: Slot): boolean {
  return refusals >= 3;
}
