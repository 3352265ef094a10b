import type { Action } from './actions.ts';
import { live, type Step } from './changes.ts';
import type { BootEvent } from './events.ts';
import { type Fleet, NEW_SLOT, type Slot } from './fleet.ts';

type Resized = Extract<BootEvent, { type: 'resized' }>;

/**
 * The memory of each worker depends on their number, so the code that sized the swarm sizes it again (boot/launch.ts).
 */
export function requestScale(fleet: Fleet, count: number): Step {
  const isNews = fleet.phase === 'running' && count !== fleet.policy.count;
  return { fleet, actions: isNews ? [{ type: 'resize', count }] : [] };
}

/**
 * Changes the number of slots: new ones are filled, and the workers of removed ones stop as at any stop. Without a
 * policy the number is impossible, and the announcement says why.
 */
export function resized(fleet: Fleet, { policy, announcement }: Resized, now: number): Step {
  const actions: Action[] = announcement.map((entry) => ({ type: 'log', entry }));
  if (!policy || fleet.phase !== 'running') return { fleet, actions };
  const { count } = policy;
  const workers = fleet.workers.map((worker) => (worker.slot < count ? worker : live(fleet, worker, 'stop', now)));
  const next = { ...fleet, policy, workers, slots: slotsFor(fleet, count) };
  return { fleet: withoutHopes(next, now), actions };
}

/** Removed slots are kept as long as their workers are: a slot that comes back is a new one. */
function slotsFor({ slots, policy }: Fleet, count: number): Slot[] {
  return Array.from({ length: Math.max(slots.length, count) }, (_, slot) => {
    const isNew = slot >= policy.count && slot < count;
    // Failures and successes of removed slots say nothing about the others.
    return isNew ? NEW_SLOT : { ...(slots[slot] ?? NEW_SLOT), failedToBoot: false, refusals: 0 };
  });
}

/** What depended on a worker of a removed slot depends on another now: a replacement, and the trial of a generation. */
function withoutHopes(fleet: Fleet, now: number): Fleet {
  const { replacing, rollout, workers, policy } = fleet;
  const isGone = (slot: number | undefined) => slot !== undefined && slot >= policy.count;
  const first = workers.find(({ id }) => id === rollout?.first);
  return {
    ...fleet,
    ...(isGone(replacing?.slot) && { replacing: undefined, replacedAt: now }),
    ...(rollout && isGone(first?.slot) && { rollout: { ...rollout, first: undefined } }),
  };
}
