import type { Fleet, Worker } from './fleet.ts';
import { hasRoom } from './memory.ts';
import { mayReplace, slotOf } from './queries.ts';

/** How much earlier than SWARM_MAXAGE a worker may be recycled, as a part of it. */
const SPREAD = 1 / 4;

/** Multiples of it are spread evenly over 0 to 1, however many there are (the golden ratio's fractional part). */
const EVENLY = 0.618_033_988_749_895;

/** The next worker to recycle because of its age, and when; none while another process of renewal runs. */
function nextOfAge(fleet: Fleet): { worker: Worker; at: number } | undefined {
  const { policy, rollout, renewingSince, workers } = fleet;
  const isBusy = rollout || renewingSince !== undefined || !mayReplace(fleet);
  // Age must never reduce capacity.
  if (policy.maxAge === 0 || isBusy || !hasRoom(fleet)) return undefined;
  const [first] = workers
    .filter(({ state, proven }) => state === 'ready' && proven)
    .map((worker) => ({ worker, at: Math.max(ofAgeAt(fleet, worker), slotOf(fleet, worker.slot).startableAt) }))
    .sort((a, b) => a.at - b.at);
  return first;
}

/** Workers that came up together must not all be due together. */
function ofAgeAt({ policy }: Fleet, { id, readyAt = Infinity }: Worker): number {
  return readyAt + policy.maxAge * (1 - SPREAD * ((id * EVENLY) % 1));
}

/** When to recycle the next worker; Infinity: not before something else has happened. */
export function recycleByAgeAt(fleet: Fleet): number {
  return nextOfAge(fleet)?.at ?? Infinity;
}

/** The worker to recycle now because of its age. */
export function ofAge(fleet: Fleet, now: number): Worker | undefined {
  const next = nextOfAge(fleet);
  return next && next.at <= now ? next.worker : undefined;
}
