import { live, type Step, start, withWorker } from './changes.ts';
import type { Fleet, Replacement, Worker } from './fleet.ts';
import { isAtWork, isOnTrial, workerOf } from './queries.ts';

/**
 * Replaces a worker while it runs: another one comes up in its slot, with its index, and then the old one stops.
 *
 *     the old one  ready ────────────────────────────────► stopping ─► (exited)
 *     the new one         starting ─► ready ──1 s─► proven ────────────────────►
 *
 * Only one worker of the whole swarm is replaced at a time, so there is never more than one extra process. The new one
 * has come up when it is proven and, if the old one listened on PORT, listens too. If it does not come up, it stops and
 * the old one stays. If the old one exits by itself in the meantime, the new one is simply the worker.
 */
export function replace(step: Step, worker: Worker, now: number, generation = step.fleet.generation): void {
  step.fleet = { ...step.fleet, replacing: replacementOf(worker) };
  start(step, worker.slot, now, generation);
}

/** Stops the old worker first, if there is no room for both. Its empty slot is then filled, as after every exit. */
export function replaceAfterwards(step: Step, worker: Worker, now: number): void {
  const stopping = withWorker(step.fleet, live(step.fleet, worker, 'stop', now));
  step.fleet = { ...stopping, replacing: replacementOf(worker) };
}

function replacementOf({ id, slot, listening }: Worker): Replacement {
  return { workerId: id, slot, listened: listening };
}

/** Takes the next step of the current replacement, if it is due. */
export function advance(step: Step, now: number): void {
  const { replacing } = step.fleet;
  if (!replacing) return;
  const old = workerOf(step.fleet, replacing.workerId);
  if (old?.listening) step.fleet = { ...step.fleet, replacing: { ...replacing, listened: true } };
  const { fleet } = step;
  const isFilled = fleet.workers.some((worker) => isSuccessor(fleet, worker) && hasComeUp(fleet, worker));
  if (fleet.phase !== 'running' || (!old && isFilled)) {
    step.fleet = { ...fleet, replacing: undefined, replacedAt: now };
  } else if (old && isAtWork(old) && isFilled) {
    step.fleet = withWorker(fleet, live(fleet, old, 'stop', now));
  }
}

/** Whether a new worker can take over its slot. */
export function hasComeUp(fleet: Fleet, worker: Worker): boolean {
  return isAtWork(worker) && worker.proven && (worker.listening || !mustListen(fleet, worker));
}

/** A worker that would have come up, but has not listened on PORT in time. */
export function mute(fleet: Fleet, now: number): Worker | undefined {
  return fleet.workers.find((worker) => listenBy(fleet, worker) <= now);
}

/** When mute() may next return a worker; Infinity: never. */
export function listenAt(fleet: Fleet): number {
  return Math.min(Infinity, ...fleet.workers.map((worker) => listenBy(fleet, worker)));
}

function listenBy(fleet: Fleet, worker: Worker): number {
  if (!isAtWork(worker) || !worker.proven || worker.listening || !mustListen(fleet, worker)) return Infinity;
  return worker.startedAt + fleet.policy.bootTimeout;
}

/** Whether a worker must listen on PORT: its predecessor did, and that worker or its generation can still stay. */
function mustListen(fleet: Fleet, worker: Worker): boolean {
  if (!isSuccessor(fleet, worker) || !fleet.replacing?.listened) return false;
  return isOnTrial(fleet, worker) || predecessorOf(fleet, worker) !== undefined;
}

/** The worker that this one replaces, if it is still at work. It stays if this one does not come up. */
export function predecessorOf(fleet: Fleet, worker: Worker): Worker | undefined {
  const { replacing } = fleet;
  if (!replacing || !isSuccessor(fleet, worker)) return undefined;
  const old = workerOf(fleet, replacing.workerId);
  return old && isAtWork(old) ? old : undefined;
}

function isSuccessor({ replacing }: Fleet, { id, slot }: Worker): boolean {
  return replacing?.slot === slot && replacing.workerId !== id;
}
