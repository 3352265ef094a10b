import type { Action } from './actions.ts';
import type { Fleet, Slot, Worker } from './fleet.ts';
import { LIFECYCLE, type LifeEvent } from './lifecycle.ts';

/** A fleet, and what has to be done to make it true. */
export interface Step {
  fleet: Fleet;
  actions: Action[];
}

// Changes: each returns the next fleet, or a part of it.

/** The worker after an event of its life; the same one where its state does not know the event. */
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

/** From here on no worker is started, and every worker has a deadline. */
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

/** Adds a worker, in an empty slot or to replace the worker there. */
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
    // Armed before the process exists: a start that never comes back is overdue as well.
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
