import type { Action } from './actions.ts';
import {
  awaitingOrders,
  blocked,
  cannotBoot,
  type Fleet,
  hung,
  overdue,
  startableSlots,
  type Worker,
} from './fleet.ts';
import { LIFECYCLE, type LifeEvent, type Order } from './lifecycle.ts';
import * as notices from './notices.ts';

/** A fleet, and what has to be done to make it true. */
export interface Step {
  fleet: Fleet;
  actions: Action[];
}

/**
 * What has to be done now, whatever it was that happened. It looks at the state of the fleet alone, so that nothing
 * depends on events coming in a particular order.
 */
export function plan(fleet: Fleet, now: number): Step {
  const step: Step = { fleet, actions: [] };
  if (cannotBoot(step.fleet)) giveUp(step, now);
  for (const worker of overdue(step.fleet, now)) killOverdue(step, worker, now);
  for (const worker of hung(step.fleet, now)) killHung(step, worker, now);
  for (const worker of blocked(step.fleet, now)) reportBlocked(step, worker, now);
  for (const slot of startableSlots(step.fleet, now)) start(step, slot, now);
  for (const worker of awaitingOrders(step.fleet)) sendOrder(step, worker);
  if (step.fleet.phase === 'stopping' && step.fleet.workers.length === 0) leave(step);
  return step;
}

/** The worker after an event of its life; the same one where its state does not know the event. */
export function live(fleet: Fleet, worker: Worker, event: LifeEvent, now: number): Worker {
  const transition = LIFECYCLE[worker.state][event];
  if (!transition) return worker;
  const { to, order, deadline } = transition;
  const deadlines = {
    none: Infinity,
    stop: Math.min(now + fleet.policy.timeout, worker.state === 'stopping' ? worker.deadline : Infinity),
  };
  return { ...worker, state: to, ordered: order ?? worker.ordered, deadline: deadlines[deadline] };
}

export function withWorker(fleet: Fleet, changed: Worker): Fleet {
  return { ...fleet, workers: fleet.workers.map((worker) => (worker.id === changed.id ? changed : worker)) };
}

/** From here on no worker is started, and every worker has a deadline. */
export function stopAll(fleet: Fleet, now: number): Fleet {
  return {
    ...fleet,
    phase: 'stopping',
    workers: fleet.workers.map((worker) => live(fleet, worker, 'stop', now)),
  };
}

export function killAll(fleet: Fleet, now: number): Fleet {
  return { ...fleet, status: 1, workers: fleet.workers.map((worker) => live(fleet, worker, 'kill', now)) };
}

function giveUp(step: Step, now: number): void {
  step.actions.push(notices.cannotBoot(step.fleet));
  step.fleet = { ...stopAll(step.fleet, now), status: 1 };
}

function killOverdue(step: Step, worker: Worker, now: number): void {
  step.actions.push(notices.killOverdue(step.fleet, worker, now));
  step.fleet = withWorker(step.fleet, live(step.fleet, worker, 'kill', now));
  // Jobs may have been cut off. A worker that never came up had none.
  if (worker.state === 'stopping') step.fleet = { ...step.fleet, status: 1 };
}

function killHung(step: Step, worker: Worker, now: number): void {
  step.actions.push(notices.killHung(step.fleet, worker, now));
  step.fleet = withWorker(step.fleet, live(step.fleet, worker, 'kill', now));
}

function reportBlocked(step: Step, worker: Worker, now: number): void {
  step.actions.push(notices.blocked(step.fleet, worker, now));
  step.fleet = withWorker(step.fleet, { ...worker, reportedBlocked: true });
}

function start(step: Step, slot: number, now: number): void {
  const { nextId: id, generation, policy, workers } = step.fleet;
  const worker: Worker = {
    id,
    slot,
    generation,
    state: 'starting',
    pid: undefined,
    online: false,
    ordered: 'none',
    sent: 'none',
    startedAt: now,
    readyAt: undefined,
    heardAt: now,
    // Armed before the process exists: a start that never comes back is overdue as well.
    deadline: now + policy.bootTimeout,
    reportedBlocked: false,
    busy: '',
  };
  step.fleet = { ...step.fleet, nextId: id + 1, workers: [...workers, worker] };
  step.actions.push({ type: 'start', worker: id, slot, generation });
}

const SIGNALS: Record<Order, NodeJS.Signals[]> = {
  none: [],
  quiet: ['SIGTSTP'],
  // CONT, because a suspended process would not see TERM before KILL.
  stop: ['SIGTERM', 'SIGCONT'],
  kill: ['SIGKILL'],
};

function sendOrder(step: Step, worker: Worker): void {
  for (const signal of SIGNALS[worker.ordered]) step.actions.push({ type: 'signal', worker: worker.id, signal });
  step.fleet = withWorker(step.fleet, { ...worker, sent: worker.ordered });
}

function leave(step: Step): void {
  const { status } = step.fleet;
  step.actions.push(notices.stopped(step.fleet), { type: 'leave', status });
  step.fleet = { ...step.fleet, phase: 'gone' };
}
