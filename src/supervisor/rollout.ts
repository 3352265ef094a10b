import type { GenerationPrepared, GenerationUnprepared } from '../process/spawner.ts';
import type { Action } from './actions.ts';
import { type Step, start } from './changes.ts';
import type { Requester } from './events.ts';
import type { Fleet, Rollout, Worker } from './fleet.ts';
import { hasRoom } from './memory.ts';
import { anotherMold } from './notices/mold.ts';
import type { Notice } from './notices/notice.ts';
import * as notices from './notices/rollout.ts';
import { emptySlots, isAtWork, mayReplace, outdated, renewAt, startsWorkers, workerOf } from './queries.ts';
import { hasComeUp, predecessorOf, replace, replaceAfterwards } from './replacement.ts';

/**
 * Takes a swarm to new code:
 *
 *     preparing ─► trying ─► (the fleet takes on the new generation, and replaces older workers one at a time)
 *         └───────────┴────► (failed: nothing has changed)
 *
 * Until the first worker of the new generation has come up (see replacement.ts), a worker that dies is replaced from
 * the old generation. After that it is replaced from the new one, which is known to boot.
 */
export function requestRollout(fleet: Fleet, by: Requester, now: number): Step {
  if (fleet.phase === 'quiet') return { fleet, actions: [notices.inVain(by)] };
  if (!startsWorkers(fleet)) return { fleet, actions: [] };
  const { rollout, phase } = fleet;
  // Nothing has been loaded yet, so the boot will load the current code anyway.
  if (!rollout) return phase === 'booting' ? { fleet, actions: [] } : beginFor(fleet, by, now);
  const again = { ...fleet, rollout: { ...rollout, again: by } };
  if (rollout.again) return { fleet: again, actions: [] };
  const notice = notices.later(rollout, by);
  // The log answers a signal or command immediately. A line about changed files waits for the boot line.
  return typeof by === 'string' ? { fleet: again, actions: [notice] } : remark(again, notice);
}

function beginFor(fleet: Fleet, by: Requester, now: number): Step {
  const { generation, fleet: begun } = begin(fleet, by, now);
  return { fleet: begun, actions: [notices.begun(fleet, by, generation), { type: 'prepare', generation }] };
}

/** Holds a log line back until after the boot line, which comes first. */
export function remark(fleet: Fleet, notice: Notice): Step {
  const { phase, rollout } = fleet;
  if (phase !== 'booting' || !rollout) return { fleet, actions: [notice] };
  return { fleet: { ...fleet, rollout: { ...rollout, remarks: [...rollout.remarks, notice.entry] } }, actions: [] };
}

/** Begins a rollout to the next generation. @param by undefined for the boot */
export function begin(fleet: Fleet, by: Requester | undefined, now: number): { generation: number; fleet: Fleet } {
  const generation = fleet.newestGeneration + 1;
  const rollout: Rollout = {
    generation,
    begunAt: now,
    by,
    stage: 'preparing',
    deadline: now + fleet.policy.bootTimeout,
    first: undefined,
    again: undefined,
    remarks: [],
  };
  // An error of the new code is a new error, even if it looks the same.
  return { generation, fleet: { ...fleet, newestGeneration: generation, rollout, shown: [] } };
}

/** The new generation is prepared: its first worker can be started. */
export function prepared(fleet: Fleet, event: GenerationPrepared, now: number): Step {
  const { rollout } = fleet;
  if (rollout?.generation !== event.generation) return { fleet, actions: [] };
  const actions = event.preloaded ? [anotherMold(event.preloaded)] : [];
  return {
    fleet: { ...fleet, rollout: { ...rollout, stage: 'trying', deadline: Infinity }, replacedAt: now },
    actions,
  };
}

/** The new generation cannot be prepared. */
export function unprepared(fleet: Fleet, event: GenerationUnprepared, now: number): Step {
  if (fleet.rollout?.generation !== event.generation) return { fleet, actions: [] };
  const { reason, failure } = event;
  const failed = failRollout(fleet, event.generation, reason, now);
  return failure ? { ...failed, actions: [{ type: 'report', failure }, ...failed.actions] } : failed;
}

/** Drops the new generation. Running workers stay. */
export function failRollout(fleet: Fleet, generation: number, reason: string, now: number): Step {
  const { rollout } = fleet;
  if (rollout?.generation !== generation) return { fleet, actions: [] };
  const actions: Action[] = [notices.failed(fleet, rollout, reason), { type: 'retire', generation }];
  const lastRollout = { generation, failure: reason };
  return next({ fleet: { ...fleet, rollout: undefined, lastRollout }, actions }, rollout, now);
}

/**
 * The first worker of the new generation has not come up. The worker that it would have replaced stays, and the slot
 * does not count as failed.
 */
export function trialFailed(fleet: Fleet, worker: Worker, reason: string, now: number): Step {
  const released = predecessorOf(fleet, worker) ? { ...fleet, replacing: undefined, replacedAt: now } : fleet;
  return failRollout(released, worker.generation, reason, now);
}

/** Whether preparing the new generation takes too long. */
export function isRolloutLate(fleet: Fleet, now: number): boolean {
  return startsWorkers(fleet) && fleet.rollout !== undefined && fleet.rollout.deadline <= now;
}

export function failLateRollout(step: Step, now: number): void {
  const { rollout } = step.fleet;
  if (!rollout) return;
  const { fleet, actions } = failRollout(step.fleet, rollout.generation, notices.preparedTooLate(step.fleet), now);
  step.fleet = fleet;
  step.actions.push(...actions);
}

/** Takes the next step of the rollout, if it is due. */
export function advanceRollout(step: Step, now: number): void {
  const { rollout } = step.fleet;
  if (rollout && !startsWorkers(step.fleet)) abandon(step, rollout);
  else if (rollout?.stage === 'trying') tryFirst(step, rollout, now);
  if (renewAt(step.fleet) <= now) renewNext(step, now);
  if (step.fleet.renewingSince !== undefined) reportRenewed(step, now);
}

/** Ends a rollout because the swarm starts no more workers. */
function abandon(step: Step, { generation }: Rollout): void {
  const isBoot = step.fleet.generation === 0;
  const lastRollout = isBoot ? undefined : { generation, failure: 'swarm starts no more workers' };
  step.fleet = { ...step.fleet, rollout: undefined, lastRollout };
  if (!isBoot) step.actions.push(notices.abandoned(generation));
  step.actions.push({ type: 'retire', generation });
}

function tryFirst(step: Step, rollout: Rollout, now: number): void {
  const { generation, first } = rollout;
  const { fleet } = step;
  if (first === undefined) {
    startFirst(step, rollout, now);
    return;
  }
  const worker = workerOf(fleet, first);
  if (worker && hasComeUp(fleet, worker)) {
    const actions: Action[] = [...step.actions, { type: 'retire', generation: fleet.generation }];
    // Slots that failed with the old code try the new code immediately.
    const slots = fleet.slots.map((slot) => ({ ...slot, failures: 0, startableAt: -Infinity }));
    const renewing = { ...fleet, generation, slots, rollout: undefined, renewingSince: rollout.begunAt };
    Object.assign(step, next({ fleet: renewing, actions }, rollout, now));
  }
}

function startFirst(step: Step, rollout: Rollout, now: number): void {
  const { generation } = rollout;
  const { fleet } = step;
  const atWork = fleet.workers.filter(isAtWork);
  const [empty] = emptySlots(fleet).filter((slot) => slot === fleet.replacing?.slot || atWork.length === 0);
  const [worker] = atWork;
  const { nextId: id } = fleet;
  if (empty !== undefined) start(step, empty, now, generation);
  else if (!worker || !mayReplace(fleet)) return;
  else if (hasRoom(fleet)) replace(step, worker, now, generation);
  else {
    // When that worker has exited, this function runs again and fills its slot.
    replaceAfterwards(step, worker, now);
    return;
  }
  step.fleet = { ...step.fleet, rollout: { ...rollout, first: id } };
}

function renewNext(step: Step, now: number): void {
  const due = outdated(step.fleet).find(({ at }) => at <= now);
  if (!due) return;
  if (hasRoom(step.fleet)) replace(step, due.worker, now);
  else replaceAfterwards(step, due.worker, now);
}

/** Reports a rollout complete when each slot has a proven worker of its generation, and none is being replaced. */
function reportRenewed(step: Step, now: number): void {
  const { fleet } = step;
  const { generation, policy, replacing, renewingSince } = fleet;
  const renewed = fleet.workers.filter(
    (worker) => worker.generation === generation && worker.proven && isAtWork(worker),
  );
  if (renewingSince === undefined || replacing || renewed.length < policy.count) return;
  step.actions.push(notices.complete(fleet, now - renewingSince));
  step.fleet = { ...fleet, renewingSince: undefined, lastRollout: { generation, failure: undefined } };
}

/** Begins the rollout that was requested during this one. */
export function next(step: Step, { again }: Rollout, now: number): Step {
  if (!again) return step;
  const begun = beginFor(step.fleet, again, now);
  return { fleet: begun.fleet, actions: [...step.actions, ...begun.actions] };
}
