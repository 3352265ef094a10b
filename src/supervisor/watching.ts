import type { Step } from './changes.ts';
import type { Fleet } from './fleet.ts';
import { settledAt, startsWorkers } from './queries.ts';
import { requestRollout } from './rollout.ts';

/*
 * SWARM_WATCH: files change, and when no more of them do, a rollout is requested, as by a signal. An editor writes a file in
 * several steps, git and compilers write many files; each leads to one rollout.
 */

/** How long no other file may have changed, milliseconds. */
const SETTLED_AFTER = 200;
/** A program that writes all the time must not delay a saved file for longer than this. Milliseconds. */
const LATEST_AFTER = 5000;

/** A file has changed. */
export function changed(fleet: Fleet, file: string, now: number): Fleet {
  if (!startsWorkers(fleet)) return fleet;
  const { file: first, others, latestAt } = fleet.changes ?? { file, others: false, latestAt: now + LATEST_AFTER };
  const settledAt = Math.min(now + SETTLED_AFTER, latestAt);
  return { ...fleet, changes: { file: first, others: others || file !== first, settledAt, latestAt } };
}

/** When to roll the changes out: once they have settled. */
export function rollOutChanges(step: Step, now: number): void {
  const { changes } = step.fleet;
  if (!changes || settledAt(step.fleet) > now) return;
  const { file, others } = changes;
  const { fleet, actions } = requestRollout({ ...step.fleet, changes: undefined }, { file, others }, now);
  step.fleet = fleet;
  step.actions.push(...actions);
}
