import type { Action } from './actions.ts';
import type { Fleet, Slot, Worker } from './fleet.ts';
import { LIFECYCLE, type LifeEvent } from './lifecycle.ts';

/** A fleet, and the actions that make it real. */
export interface Step {
  fleet: Fleet;
  actions: Action[];
}

// Changes: except for start(), each returns the next fleet, or a part of it.

/** Returns the worker after a lifecycle event, or the same worker if the event does not apply to its state. */
export function live(fleet: Fleet, worker: Worker, event: LifeEvent, now: number): Worker {
  const transition = LIFECYCLE[worker.state][event];
  if (!transition) return worker;
  const { to, instruction, deadline } = transition;
  const deadlines = {
    none: Infinity,
    stop: Math.min(now + fleet.policy.timeout, worker.state === 'stopping' ? worker.deadline : Infinity),
  };
  return {
    ...worker,
    state: to,
    instructed: instruction ?? worker.instructed,
    deadline: deadlines[deadline],
    forkBy: event === 'kill' ? Infinity : worker.forkBy,
  };
}

export function withWorker(fleet: Fleet, changed: Worker): Fleet {
  return { ...fleet, workers: fleet.workers.map((worker) => (worker.id === changed.id ? changed : worker)) };
}

export function withoutWorker(fleet: Fleet, { id }: Worker): Fleet {
  return { ...fleet, workers: fleet.workers.filter((worker) => worker.id !== id) };
}

export function withSlot(fleet: Fleet, position: number, changed: Slot): Fleet {
  return { ...fleet, slots: fleet.slots.map((slot, each) => (each === position ? changed : slot)) };
}

/** After this no worker is started, and every worker has a deadline. */
export function stopAll(fleet: Fleet, now: number): Fleet {
  return {
    ...fleet,
    phase: 'stopping',
    orphans: { ...fleet.orphans, lookAt: now, deadline: now + fleet.policy.timeout },
    workers: fleet.workers.map((worker) => live(fleet, worker, 'stop', now)),
  };
}

export function killAll(fleet: Fleet, now: number): Fleet {
  return {
    ...fleet,
    // Orphans do not change the exit status.
    status: fleet.workers.length > 0 ? 1 : fleet.status,
    workers: fleet.workers.map((worker) => live(fleet, worker, 'kill', now)),
    orphans: { ...fleet.orphans, deadline: now },
  };
}

/** Adds a worker to an empty slot, or as the replacement of the worker in it. */
export function start(step: Step, slot: number, now: number, generation = step.fleet.generation): void {
  const { nextId: id, policy, workers } = step.fleet;
  const worker: Worker = {
    id,
    slot,
    generation,
    state: 'starting',
    pid: undefined,
    online: false,
    instructed: 'none',
    sent: 'none',
    startedAt: now,
    readyAt: undefined,
    proven: false,
    listening: false,
    forkBy: Infinity,
    heardAt: now,
    // Armed before the process exists, so that a start that hangs becomes overdue too.
    deadline: now + policy.bootTimeout,
    killedFor: undefined,
    reportedBlocked: false,
    busy: '',
    delay: 0,
    active: 0,
    memory: undefined,
    isAged: false,
    reportedOutgrown: false,
    told: [],
    snapshotsPaidAt: -Infinity,
    failure: undefined,
    outOfHeap: false,
    empty: false,
  };
  step.fleet = { ...step.fleet, nextId: id + 1, workers: [...workers, worker] };
  step.actions.push({ type: 'start', workerId: id, slot, generation });
}
