import { live, type Step, start, withWorker } from './changes.ts';
import type { Fleet, Replacement, Worker } from './fleet.ts';
import { isAtWork, isOnTrial, workerOf } from './queries.ts';

/**
 * How a worker is replaced while it lives: another comes up in its slot, with its index, and then it stops.
 *
 *     the old one  ready ────────────────────────────────► stopping ─► (exited)
 *     the new one         starting ─► ready ──1 s─► proven ────────────────────►
 *
 * One worker at a time in the whole swarm, so there is never more than one process too many. The new one has come up
 * when it is proven, and listens on PORT if the old one did; otherwise it goes and the old one stays. If the old one ends
 * by itself meanwhile, the new one simply is the worker.
 */
export function replace(step: Step, worker: Worker, now: number, generation = step.fleet.generation): void {
  step.fleet = { ...step.fleet, replacing: replacementOf(worker) };
  start(step, worker.slot, now, generation);
}

/** The other order, where there is no room for both: the slot is filled when it is empty, as after every exit. */
export function replaceAfterwards(step: Step, worker: Worker, now: number): void {
  const stopping = withWorker(step.fleet, live(step.fleet, worker, 'stop', now));
  step.fleet = { ...stopping, replacing: replacementOf(worker) };
}

function replacementOf({ id, slot, listening }: Worker): Replacement {
  return { workerId: id, slot, listened: listening };
}

/** The next part of the replacement that is under way, if it is time for it. */
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

/** It may take the place of the worker that it replaces, or of none. */
export function hasComeUp(fleet: Fleet, worker: Worker): boolean {
  return isAtWork(worker) && worker.proven && (worker.listening || !mustListen(fleet, worker));
}

/** The worker that has come up but for this: it does not listen on PORT, and has had its time for that. */
export function mute(fleet: Fleet, now: number): Worker | undefined {
  return fleet.workers.find((worker) => listenBy(fleet, worker) <= now);
}

/** When there may be such a worker; Infinity: never. */
export function listenAt(fleet: Fleet): number {
  return Math.min(Infinity, ...fleet.workers.map((worker) => listenBy(fleet, worker)));
}

function listenBy(fleet: Fleet, worker: Worker): number {
  if (!isAtWork(worker) || !worker.proven || worker.listening || !mustListen(fleet, worker)) return Infinity;
  return worker.startedAt + fleet.policy.bootTimeout;
}

/** Its predecessor listens, or did; and there is a predecessor, or a generation, to go back to. */
function mustListen(fleet: Fleet, worker: Worker): boolean {
  if (!isSuccessor(fleet, worker) || !fleet.replacing?.listened) return false;
  return isOnTrial(fleet, worker) || predecessorOf(fleet, worker) !== undefined;
}

/** The worker that this one replaces, if it is still at work: it stays if this one does not come up. */
export function predecessorOf(fleet: Fleet, worker: Worker): Worker | undefined {
  const { replacing } = fleet;
  if (!replacing || !isSuccessor(fleet, worker)) return undefined;
  const old = workerOf(fleet, replacing.workerId);
  return old && isAtWork(old) ? old : undefined;
}

function isSuccessor({ replacing }: Fleet, { id, slot }: Worker): boolean {
  return replacing?.slot === slot && replacing.workerId !== id;
}
