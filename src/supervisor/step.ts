import type { Exit } from '../process/spawner.ts';
import type { Action } from './actions.ts';
import { afterFailure } from './backoff.ts';
import { boot, refused, settle, settled } from './boot.ts';
import { killAll, type Step, stopAll, withoutWorker, withSlot, withWorker } from './changes.ts';
import { FORK_TIMEOUT } from './deadlines.ts';
import type { Event, Requester } from './events.ts';
import type { Fleet, Slot, Worker } from './fleet.ts';
import { heard } from './hearing.ts';
import { withMeasurement } from './memory.ts';
import { aboutMold } from './notices/mold.ts';
import * as notices from './notices/notices.ts';
import { whyNotUp } from './notices/rollout.ts';
import { aboutWatch } from './notices/watch.ts';
import { foundOrphans } from './orphans.ts';
import { plan } from './plan.ts';
import { emptySlots, isOnTrial, slotOf, startsWorkers, workerOf } from './queries.ts';
import { predecessorOf } from './replacement.ts';
import { countRestart, wasTold } from './restarts.ts';
import { prepared, remark, requestRollout, trialFailed, unprepared } from './rollout.ts';
import { requestScale, resized } from './scale.ts';
import { changed } from './watching.ts';

/** Two INTs closer together than this are one Ctrl-C, which npm may pass on a second time. Milliseconds. */
const IMPATIENCE = 1000;

/**
 * The core of the supervisor: turns the fleet and an event into the next fleet and a list of actions. Pure.
 *
 * @param now monotonic milliseconds
 * @param chance a random number from 0 to 1, for jitter
 */
export function step(fleet: Fleet, event: Event, now: number, chance: number): Step {
  // Signals and exits can still arrive while the process itself is leaving.
  if (fleet.phase === 'gone') return { fleet, actions: [] };
  const happened = apply(fleet, event, now, chance);
  const planned = plan(happened.fleet, now, event.type === 'tick');
  return { fleet: planned.fleet, actions: [...happened.actions, ...planned.actions] };
}

function apply(fleet: Fleet, event: Event, now: number, chance: number): Step {
  switch (event.type) {
    case 'boot':
      return boot(fleet, now);
    case 'settled':
      return settled(fleet, event, now);
    case 'resized':
      return resized(fleet, event, now);
    case 'refused':
      return refused(fleet);
    case 'measured':
      return { fleet: withMeasurement(fleet, event, now), actions: [] };
    case 'tick':
      return { fleet, actions: [] };
    case 'orphans':
      return { fleet: foundOrphans(fleet, event.orphans), actions: [] };
    case 'stop':
      return requestStop(fleet, event.by, now);
    case 'interrupt':
      return interrupt(fleet, now);
    case 'crash':
      return crash(fleet, now);
    case 'quiet':
      return requestQuiet(fleet, event.by);
    case 'rollout':
      // The terminal was closed, so nobody can stop this swarm from it any more.
      if (event.by === 'SIGHUP' && fleet.policy.interactive) return requestStop(fleet, event.by, now);
      return requestRollout(fleet, event.by, now);
    case 'scale':
      return requestScale(fleet, event.count);
    case 'prepared':
      return fleet.phase === 'booting' ? settle(fleet, event) : prepared(fleet, event, now);
    case 'unprepared':
      return fleet.phase === 'booting' ? settle(fleet, event) : unprepared(fleet, event, now);
    case 'forking':
      return withKnown(fleet, event.workerId, (worker) => ({ fleet: forking(fleet, worker, now), actions: [] }));
    case 'started':
      return withKnown(fleet, event.workerId, (worker) => {
        const started = { ...worker, pid: event.pid, forkBy: Infinity };
        const slot = { ...slotOf(fleet, worker.slot), refusals: 0 };
        const next = withSlot(withWorker(fleet, started), worker.slot, slot);
        return { fleet: next, actions: [notices.started(fleet, started)] };
      });
    case 'start-failed':
      return withKnown(fleet, event.workerId, (worker) => startFailed(fleet, worker, event.reason, now, chance));
    case 'exited':
      return withKnown(fleet, event.workerId, (worker) => exited(fleet, worker, event.exit, now, chance));
    case 'preloaded':
    case 'left-out':
    case 'skipped':
    case 'unseen':
    case 'unsafe':
    case 'cold':
    case 'mold-exited':
      return remark(fleet, aboutMold(event));
    case 'watching':
    case 'unwatched':
      return remark(fleet, aboutWatch(event));
    case 'changed':
      return { fleet: changed(fleet, event.file, now), actions: [] };
    case 'message':
      return withKnown(fleet, event.message.workerId, (worker) => heard(fleet, worker, event.message, now));
  }
}

/** Arms a deadline: a mold that never answers must not leave the slot empty or keep the swarm from stopping. */
function forking(fleet: Fleet, worker: Worker, now: number): Fleet {
  if (worker.pid !== undefined || worker.state === 'killed') return fleet;
  return withWorker(fleet, { ...worker, forkBy: now + FORK_TIMEOUT });
}

/** Ignores events about a process that is no longer a worker of this fleet. */
function withKnown(fleet: Fleet, id: number, then: (worker: Worker) => Step): Step {
  const worker = workerOf(fleet, id);
  return worker ? then(worker) : { fleet, actions: [] };
}

function requestStop(fleet: Fleet, by: Requester, now: number): Step {
  if (fleet.phase === 'stopping') return { fleet, actions: [] };
  return { fleet: stopAll(fleet, now), actions: [notices.stopping(fleet, by)] };
}

function crash(fleet: Fleet, now: number): Step {
  const stopping = fleet.phase === 'stopping' ? fleet : stopAll(fleet, now);
  return { fleet: { ...stopping, status: 1 }, actions: [] };
}

function interrupt(fleet: Fleet, now: number): Step {
  const first = fleet.interruptedAt;
  if (first === undefined) return requestStop({ ...fleet, interruptedAt: now }, 'SIGINT', now);
  if (!fleet.policy.interactive || now - first < IMPATIENCE) return { fleet, actions: [] };
  return { fleet: killAll(fleet, now), actions: fleet.workers.length > 0 ? [notices.killingAll(fleet)] : [] };
}

function requestQuiet(fleet: Fleet, by: Requester): Step {
  if (!startsWorkers(fleet)) return { fleet, actions: [] };
  const workers = fleet.workers.map(
    (worker): Worker => (worker.instructed === 'none' ? { ...worker, instructed: 'quiet' } : worker),
  );
  return { fleet: { ...fleet, phase: 'quiet', workers }, actions: [notices.quieting(fleet, by)] };
}

function exited(fleet: Fleet, worker: Worker, exit: Exit, now: number, chance: number): Step {
  const left = withoutWorker(fleet, worker);
  const actions: Action[] = [notices.exited(fleet, worker, exit)];
  if (left.phase === 'quiet' && left.workers.length === 0) actions.push(notices.allLeftQuietly());
  if (isOnTrial(fleet, worker)) {
    const failed = trialFailed(left, worker, whyNotUp(fleet, worker, exit), now);
    return { fleet: failed.fleet, actions: [...actions, ...failed.actions] };
  }
  const old = predecessorOf(fleet, worker);
  if (old) return notReplaced(left, old, worker, now, chance, actions);
  // If it was ready until something else ended it, the application can boot as far as swarm can tell.
  const bootable = worker.readyAt !== undefined && (worker.state === 'stopping' || wasTold(exit) || wasKilled(exit));
  const counted = countRestart(left, worker, exit);
  const restarting = { ...counted, everProven: counted.everProven || bootable };
  // It was told to stop, so it has not failed, and the slot can be filled immediately.
  if (worker.state === 'stopping') return { fleet: restarting, actions };
  const slot = slotOf(restarting, worker.slot);
  const healthy = worker.readyAt === undefined ? 0 : now - worker.readyAt;
  const isInnocent = worker.proven || bootable || wasTold(exit);
  const after = { ...afterFailure(slot, healthy, now, chance), failedToBoot: slot.failedToBoot || !isInnocent };
  return slotFailed(restarting, worker.slot, after, now, actions);
}

/** Whether a person or the kernel killed it, which says nothing about the application. */
function wasKilled({ signal }: Exit): boolean {
  return signal === 'SIGKILL';
}

/** The system refused (no memory, too many processes). The application has not failed, and other workers run on. */
function startFailed(fleet: Fleet, worker: Worker, reason: string, now: number, chance: number): Step {
  const left = withoutWorker(fleet, worker);
  const actions: Action[] = [notices.startFailed(fleet, worker, reason)];
  if (isOnTrial(fleet, worker)) {
    const failed = trialFailed(left, worker, `its first worker could not be started (${reason})`, now);
    return { fleet: failed.fleet, actions: [...actions, ...failed.actions] };
  }
  const old = predecessorOf(fleet, worker);
  if (old) return notReplaced(left, old, worker, now, chance, actions);
  const after = afterRefusal(fleet, worker.slot, now, chance);
  return slotFailed(left, worker.slot, { ...after, refusals: after.refusals + 1 }, now, actions);
}

function slotFailed(fleet: Fleet, slot: number, after: Slot, now: number, actions: Action[]): Step {
  const next = withSlot(fleet, slot, after);
  const waiting = next.phase === 'running' && after.startableAt > now && emptySlots(next).includes(slot);
  return { fleet: next, actions: waiting ? [...actions, notices.backoff(fleet, slot, after, now)] : actions };
}

/** The replacement did not come up. The old worker is still there, so the next attempt waits. */
function notReplaced(
  fleet: Fleet,
  old: Worker,
  replacement: Worker,
  now: number,
  chance: number,
  actions: Action[],
): Step {
  const after = afterRefusal(fleet, old.slot, now, chance);
  return {
    fleet: { ...withSlot(fleet, old.slot, after), replacing: undefined, replacedAt: now },
    actions: [...actions, notices.notReplaced(fleet, old, replacement)],
  };
}

/** Returns the slot with a backoff of about a second or more: what has just failed would fail again immediately. */
function afterRefusal(fleet: Fleet, position: number, now: number, chance: number): Slot {
  const slot = slotOf(fleet, position);
  return afterFailure({ ...slot, failures: Math.max(1, slot.failures) }, 0, now, chance);
}
