import type { Step } from './changes.ts';
import type { Fleet } from './fleet.ts';
import { settledAt, startsWorkers } from './queries.ts';
import { requestRollout } from './rollout.ts';

/*
 * SWARM_WATCH: once files have stopped changing, a rollout is requested, as by a signal. An editor writes a file in
 * several steps, and git and compilers write many files; each leads to one rollout.
 */

/** Files have settled when none has changed for this long. Milliseconds. */
const SETTLED_AFTER = 200;
/** The longest that a program that keeps writing can delay the rollout of a saved file. Milliseconds. */
const LATEST_AFTER = 5000;

/** Records that a file has changed. */
export function changed(fleet: Fleet, file: string, now: number): Fleet {
  if (!startsWorkers(fleet)) return fleet;
  const { file: first, others, latestAt } = fleet.changes ?? { file, others: false, latestAt: now + LATEST_AFTER };
  const settledAt = Math.min(now + SETTLED_AFTER, latestAt);
  return { ...fleet, changes: { file: first, others: others || file !== first, settledAt, latestAt } };
}

/** Requests a rollout once the changes have settled. */
export function rollOutChanges(step: Step, now: number): void {
  const { changes } = step.fleet;
  if (!changes || settledAt(step.fleet) > now) return;
  const { file, others } = changes;
  const { fleet, actions } = requestRollout({ ...step.fleet, changes: undefined }, { file, others }, now);
  step.fleet = fleet;
  step.actions.push(...actions);
}
