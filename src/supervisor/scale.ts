import type { Action } from './actions.ts';
import { live, type Step } from './changes.ts';
import type { BootEvent } from './events.ts';
import { type Fleet, NEW_SLOT, type Slot } from './fleet.ts';

type Resized = Extract<BootEvent, { type: 'resized' }>;

/**
 * The memory of each worker depends on the number of workers, so the code that sized the swarm sizes it again
 * (boot/launch.ts).
 */
export function requestScale(fleet: Fleet, count: number): Step {
  const isNews = fleet.phase === 'running' && count !== fleet.policy.count;
  return { fleet, actions: isNews ? [{ type: 'resize', count }] : [] };
}

/**
 * Changes the number of slots. New slots are filled, and the workers of removed slots stop as usual. An undefined
 * policy means that the number is impossible; the announcement says why.
 */
export function resized(fleet: Fleet, { policy, announcement }: Resized, now: number): Step {
  const actions: Action[] = announcement.map((entry) => ({ type: 'log', entry }));
  if (!policy || fleet.phase !== 'running') return { fleet, actions };
  const { count } = policy;
  const workers = fleet.workers.map((worker) => (worker.slot < count ? worker : live(fleet, worker, 'stop', now)));
  const next = { ...fleet, policy, workers, slots: slotsFor(fleet, count) };
  return { fleet: withoutHopes(next, now), actions };
}

/** Returns the slots for a new count. Removed slots stay while their workers do. A slot that comes back is reset. */
function slotsFor({ slots, policy }: Fleet, count: number): Slot[] {
  return Array.from({ length: Math.max(slots.length, count) }, (_, slot) => {
    const isNew = slot >= policy.count && slot < count;
    // Whether the application can boot is judged anew, by all slots in use.
    return isNew ? NEW_SLOT : { ...(slots[slot] ?? NEW_SLOT), failedToBoot: false, refusals: 0 };
  });
}

/** Drops a replacement in a removed slot. A new generation whose first worker was there tries another worker. */
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
