import type { Fleet, Worker } from './fleet.ts';
import { hasRoom } from './memory.ts';
import { mayReplace, slotOf } from './queries.ts';

/** Workers are recycled up to this fraction of SWARM_MAXAGE early. */
const SPREAD = 1 / 4;

/** The golden ratio's fractional part: for any n, its first n multiples, modulo 1, are spread evenly over 0 to 1. */
const EVENLY = 0.618_033_988_749_895;

/** The next worker to recycle because of its age, and when; undefined during a rollout or another replacement. */
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

/** Instant at which a worker is due. Workers that came up together must not all be due together. */
function ofAgeAt({ policy }: Fleet, { id, readyAt = Infinity }: Worker): number {
  return readyAt + policy.maxAge * (1 - SPREAD * ((id * EVENLY) % 1));
}

/** When to recycle the next worker because of its age; Infinity until another event changes that. */
export function recycleByAgeAt(fleet: Fleet): number {
  return nextOfAge(fleet)?.at ?? Infinity;
}

/** The worker to recycle now because of its age. */
export function ofAge(fleet: Fleet, now: number): Worker | undefined {
  const next = nextOfAge(fleet);
  return next && next.at <= now ? next.worker : undefined;
}
