import { live, type Step, start, withWorker } from './changes.ts';
import { type Fleet, isAtWork, type Replacement, type Worker, workerOf } from './fleet.ts';

/**
 * How a worker is replaced while it lives: another becomes ready in its slot, with its index, and then it stops.
 *
 *     the old one  ready ──────────────────────► stopping ─► (exited)
 *     the new one         starting ──────► ready ─────────────────────►
 *
 * One worker at a time in the whole swarm, so there is never more than one process too many. If the new one does not
 * become ready, the old one stays. If the old one ends by itself meanwhile, the new one simply is the worker.
 */
export function replace(step: Step, worker: Worker, now: number, generation = step.fleet.generation): void {
  step.fleet = { ...step.fleet, replacing: { worker: worker.id, slot: worker.slot } };
  start(step, worker.slot, now, generation);
}

/** The other order, where there is no room for both: the slot is filled when it is empty, as after every exit. */
export function replaceAfterwards(step: Step, worker: Worker, now: number): void {
  const stopping = withWorker(step.fleet, live(step.fleet, worker, 'stop', now));
  step.fleet = { ...stopping, replacing: { worker: worker.id, slot: worker.slot } };
}

/** The next part of the replacement that is under way, if it is time for it. */
export function advance(step: Step, now: number): void {
  const { replacing } = step.fleet;
  if (!replacing) return;
  const old = workerOf(step.fleet, replacing.worker);
  if (step.fleet.phase !== 'running' || (!old && isFilled(step.fleet, replacing))) {
    step.fleet = { ...step.fleet, replacing: undefined, replacedAt: now };
  } else if (old && isAtWork(old) && isFilled(step.fleet, replacing)) {
    step.fleet = withWorker(step.fleet, live(step.fleet, old, 'stop', now));
  }
}

/** The worker that this one was to replace, and that is still at work: it stays if this one does not come up. */
export function predecessorOf(fleet: Fleet, { id, slot }: Worker): Worker | undefined {
  const { replacing } = fleet;
  if (replacing?.slot !== slot || replacing.worker === id) return undefined;
  const old = workerOf(fleet, replacing.worker);
  return old && isAtWork(old) ? old : undefined;
}

/** The new one has come up. */
function isFilled({ workers }: Fleet, { worker, slot }: Replacement): boolean {
  return workers.some((each) => each.slot === slot && each.id !== worker && isAtWork(each));
}
