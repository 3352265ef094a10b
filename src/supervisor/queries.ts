import type { Fleet, Slot, Worker } from './fleet.ts';
import { INSTRUCTIONS } from './lifecycle.ts';

/* Questions about a fleet. None of them changes anything. */

/** Whether workers are started, now or when the swarm has booted. */
export function startsWorkers({ phase }: Pick<Fleet, 'phase'>): boolean {
  return phase === 'booting' || phase === 'running';
}

export function workerOf(fleet: Fleet, id: number): Worker | undefined {
  return fleet.workers.find((worker) => worker.id === id);
}

export function indexOf(fleet: Fleet, slot: number): number {
  return fleet.policy.index + slot;
}

/** All slots but those that disappear when their workers have left. */
export function slotsInUse({ slots, policy }: Fleet): readonly Slot[] {
  return slots.slice(0, policy.count);
}

/** In how many slots they are: while a worker is replaced, there are two in its slot. */
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

/** When to look at the memory; Infinity: not at all, or it is being done. */
export function measureAt({ phase, memory, replacedAt }: Fleet): number {
  if (phase !== 'running' || memory.begunAt !== undefined || memory.measureAt === Infinity) return Infinity;
  // Another worker may need a replacement.
  return memory.takenAt < replacedAt ? replacedAt : memory.measureAt;
}

/** No worker is being replaced, and the figures of memory, if there are any, are current: the next may be replaced. */
export function mayReplace({ phase, replacing, replacedAt, memory }: Fleet): boolean {
  return phase === 'running' && !replacing && (memory.measureAt === Infinity || memory.takenAt >= replacedAt);
}

/** It is ready, and was not told to stop. */
export function isAtWork({ state }: Worker): boolean {
  return state === 'ready' || state === 'quiet';
}

/** Whether the fate of its generation depends on this worker. */
export function isOnTrial({ rollout }: Fleet, { id }: Worker): boolean {
  return rollout?.first === id;
}

/** Workers of earlier generations that are at work: of each slot, when it may be tried to replace it. */
export function outdated(fleet: Fleet): { worker: Worker; at: number }[] {
  return fleet.workers
    .filter((worker) => worker.generation < fleet.generation && isAtWork(worker))
    .map((worker) => ({ worker, at: slotOf(fleet, worker.slot).startableAt }));
}

/** When to replace the next worker of an earlier generation; Infinity: not before something else has happened. */
export function renewAt(fleet: Fleet): number {
  if (!mayReplace(fleet)) return Infinity;
  return Math.min(Infinity, ...outdated(fleet).map(({ at }) => at));
}

/** When the files that have changed are rolled out; Infinity: none has, or no worker is started any more. */
export function settledAt(fleet: Fleet): number {
  return startsWorkers(fleet) ? (fleet.changes?.settledAt ?? Infinity) : Infinity;
}

/** Workers to which a signal is owed that they can take now. */
export function awaitingSignals(fleet: Fleet): Worker[] {
  return fleet.workers.filter(({ online, instructed, sent }) => {
    if (INSTRUCTIONS.indexOf(instructed) <= INSTRUCTIONS.indexOf(sent)) return false;
    // TSTP would suspend a process that has no handler for it yet.
    return instructed !== 'quiet' || online;
  });
}

/** Not one worker came up: the application cannot boot here, and starting it again will not help. */
export function cannotBoot(fleet: Fleet): boolean {
  const { phase, everProven } = fleet;
  return phase === 'running' && !everProven && slotsInUse(fleet).every((slot) => slot.failedToBoot || isRefused(slot));
}

/** The machine may refuse for a moment; not three times in a row, with seconds in between. */
export function isRefused({ refusals }: Slot): boolean {
  return refusals >= 3;
}
