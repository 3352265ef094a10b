import { ofAge } from './age.ts';
import { afterRecycle } from './backoff.ts';
import { settleLate } from './boot.ts';
import { live, type Step, start, stopAll, withSlot, withWorker } from './changes.ts';
import { blocked, hung, newlyProven, overdue } from './deadlines.ts';
import type { Fleet, Worker } from './fleet.ts';
import type { Instruction } from './lifecycle.ts';
import { hasRoom, isFullForGood, type Outgrown, toRecycle } from './memory.ts';
import * as notices from './notices/notices.ts';
import { nobodyIsLeft, stopOrphans, tellAbandoned } from './orphans.ts';
import { awaitingSignals, cannotBoot, measureAt, slotOf, startableSlots } from './queries.ts';
import { advance, mute, replace, replaceAfterwards } from './replacement.ts';
import type { KillReason } from './restarts.ts';
import { advanceRollout, failLateRollout, isRolloutLate } from './rollout.ts';
import { rollOutChanges } from './watching.ts';

/**
 * Decides what to do now. It looks only at the state of the fleet, so nothing depends on the order of events.
 *
 * @param heardAll whether every message that has arrived was handled, so that a worker that seems late is late
 */
export function plan(fleet: Fleet, now: number, heardAll: boolean): Step {
  const step: Step = { fleet, actions: [] };
  if (cannotBoot(step.fleet)) giveUp(step, now);
  if (heardAll) judge(step, now);
  advance(step, now);
  rollOutChanges(step, now);
  advanceRollout(step, now);
  const outgrown = toRecycle(step.fleet, now);
  if (outgrown) recycle(step, outgrown, now);
  const aged = ofAge(step.fleet, now);
  if (aged) renew(step, aged, now);
  if (isFullForGood(step.fleet)) reportFull(step);
  if (measureAt(step.fleet) <= now) measure(step, now);
  for (const slot of startableSlots(step.fleet, now)) start(step, slot, now);
  for (const worker of awaitingSignals(step.fleet)) sendSignals(step, worker);
  if (step.fleet.phase === 'stopping') stopOrphans(step, now);
  if (nobodyIsLeft(step.fleet, now)) leave(step);
  return step;
}

/** Applies what follows from time alone. Unread messages could contradict it. */
function judge(step: Step, now: number): void {
  for (const worker of newlyProven(step.fleet, now)) prove(step, worker);
  for (const worker of overdue(step.fleet, now)) killOverdue(step, worker, now);
  for (const worker of hung(step.fleet, now)) killHung(step, worker, now);
  for (const worker of blocked(step.fleet, now)) reportBlocked(step, worker, now);
  const worker = mute(step.fleet, now);
  if (worker) reject(step, worker, now);
  if (!isRolloutLate(step.fleet, now)) return;
  if (step.fleet.phase === 'booting') settleLate(step);
  else failLateRollout(step, now);
}

function prove(step: Step, worker: Worker): void {
  step.fleet = { ...withWorker(step.fleet, { ...worker, proven: true }), everProven: true };
}

/** Stops a replacement. When it has exited, the replacement has failed: see exited() in step.ts. */
function reject(step: Step, worker: Worker, now: number): void {
  const failure = 'does not listen on PORT, as its predecessor does';
  step.fleet = withWorker(step.fleet, { ...live(step.fleet, worker, 'stop', now), failure });
}

function giveUp(step: Step, now: number): void {
  step.actions.push(notices.cannotBoot(step.fleet));
  step.fleet = { ...stopAll(step.fleet, now), status: 1 };
}

function killOverdue(step: Step, worker: Worker, now: number): void {
  const isForked = worker.forkBy === Infinity;
  step.actions.push(
    isForked ? notices.killOverdue(step.fleet, worker, now) : notices.killUnforked(step.fleet, worker, now),
  );
  killFor(step, worker, worker.state === 'stopping' ? 'timeout' : 'boot', now);
  // Jobs may have been cut off. A worker that was never ready had none.
  if (worker.state === 'stopping' && worker.readyAt !== undefined && isForked)
    step.fleet = { ...step.fleet, status: 1 };
}

function killHung(step: Step, worker: Worker, now: number): void {
  step.actions.push(notices.killHung(step.fleet, worker, now));
  killFor(step, worker, 'hung', now);
}

function killFor(step: Step, worker: Worker, killedFor: KillReason, now: number): void {
  step.fleet = withWorker(step.fleet, { ...live(step.fleet, worker, 'kill', now), killedFor });
}

function reportBlocked(step: Step, worker: Worker, now: number): void {
  // TTIN asks it for a snapshot.
  step.actions.push(notices.blocked(step.fleet, worker, now), {
    type: 'signal',
    workerId: worker.id,
    signal: 'SIGTTIN',
  });
  step.fleet = withWorker(step.fleet, { ...worker, reportedBlocked: true });
}

function recycle(step: Step, outgrown: Outgrown, now: number): void {
  const worker = { ...outgrown.worker, reportedOutgrown: true };
  const room = hasRoom(step.fleet);
  // Another attempt after a failed replacement is not logged again.
  if (!outgrown.worker.reportedOutgrown) {
    const slot = afterRecycle(slotOf(step.fleet, worker.slot), now - (worker.readyAt ?? now), now);
    step.fleet = withSlot(withWorker(step.fleet, worker), worker.slot, slot);
    step.actions.push(notices.recycling(step.fleet, outgrown, room));
  }
  if (room) replace(step, worker, now);
  else replaceAfterwards(step, worker, now);
}

/** Replaces a worker because of its age. Another attempt after a failed replacement is not logged again. */
function renew(step: Step, worker: Worker, now: number): void {
  if (!worker.isAged) step.actions.push(notices.ofAge(step.fleet, worker, now));
  step.fleet = withWorker(step.fleet, { ...worker, isAged: true });
  replace(step, worker, now);
}

function reportFull(step: Step): void {
  step.actions.push(notices.full(step.fleet));
  step.fleet = { ...step.fleet, memory: { ...step.fleet.memory, reportedFull: true } };
}

function measure(step: Step, now: number): void {
  step.actions.push({ type: 'measure' });
  step.fleet = { ...step.fleet, memory: { ...step.fleet.memory, begunAt: now } };
}

const SIGNALS: Record<Instruction, NodeJS.Signals[]> = {
  none: [],
  quiet: ['SIGTSTP'],
  // CONT, because a suspended process would not handle TERM before KILL.
  stop: ['SIGTERM', 'SIGCONT'],
  kill: ['SIGKILL'],
};

function sendSignals(step: Step, worker: Worker): void {
  for (const signal of SIGNALS[worker.instructed]) step.actions.push({ type: 'signal', workerId: worker.id, signal });
  step.fleet = withWorker(step.fleet, { ...worker, sent: worker.instructed });
}

function leave(step: Step): void {
  tellAbandoned(step);
  const { status } = step.fleet;
  step.actions.push(notices.stopped(step.fleet), { type: 'leave', status });
  step.fleet = { ...step.fleet, phase: 'gone' };
}
