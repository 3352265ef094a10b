import type { Failure, WorkerMessage } from '../protocol/messages.ts';
import type { Action } from './actions.ts';
import { live, type Step, withWorker } from './changes.ts';
import type { Fleet, Worker } from './fleet.ts';
import type { LifeEvent } from './lifecycle.ts';
import type { Notice } from './notices/notice.ts';
import * as notices from './notices/notices.ts';

/* Handles a worker's messages. The application can write to the channel too, so messages can be false or repeated. */

type Snapshot = Pick<Extract<WorkerMessage, { type: 'snapshot' }>, 'snapshot' | 'stack'>;

/** Messages that a worker can send while its event loop is blocked, or during garbage collection. */
const NO_SIGNS_OF_LIFE: readonly WorkerMessage['type'][] = ['snapshot', 'blocked', 'heap-limit'];

/** How many different errors and remarks are remembered, so that each is shown once. */
const MAX_SHOWN = 20;

/** Snapshots of one worker that the log shows in a burst; after that, one per interval, milliseconds. */
const SNAPSHOT_BURST = 20;
const SNAPSHOT_INTERVAL = 1000;

export function heard(fleet: Fleet, sender: Worker, message: WorkerMessage, now: number): Step {
  const worker = withSignOfLife(sender, message, now);
  switch (message.type) {
    case 'online':
      return changed(fleet, { ...worker, online: true });
    case 'ready':
      return becameReady(fleet, worker, now);
    case 'listening':
      return changed(fleet, { ...worker, listening: message.on });
    case 'heartbeat':
      // It is still running, so its heap had room after all.
      return changed(fleet, {
        ...worker,
        busy: message.busy,
        delay: message.delay,
        active: message.active,
        outOfHeap: false,
      });
    case 'quiet':
      return once(fleet, worker, message, 'quieted', now, notices.quieted);
    case 'stopping':
      return once(fleet, worker, message, message.limited ? 'leaving' : 'retiring', now, notices.leaving);
    case 'snapshot':
      return snapshot(fleet, worker, message, now);
    case 'blocked': {
      const { stack } = message;
      return snapshot(fleet, worker, { snapshot: notices.describeBlocked(worker, message, now), stack }, now);
    }
    case 'not-warmed':
      return notWarmed(fleet, worker);
    case 'failed':
      return failed(fleet, worker, message.failure);
    case 'heap-limit':
      return changed(fleet, { ...worker, outOfHeap: true });
    case 'empty':
      return changed(fleet, { ...worker, empty: true });
  }
}

function withSignOfLife(worker: Worker, { type }: WorkerMessage, now: number): Worker {
  return NO_SIGNS_OF_LIFE.includes(type) ? worker : { ...worker, heardAt: now, reportedBlocked: false };
}

function changed(fleet: Fleet, worker: Worker, ...actions: Action[]): Step {
  return { fleet: withWorker(fleet, worker), actions };
}

/** Applies a lifecycle event. Only the first message of its type gets a log line. */
function once(
  fleet: Fleet,
  worker: Worker,
  { type }: WorkerMessage,
  event: LifeEvent,
  now: number,
  describe: (fleet: Fleet, worker: Worker) => Notice,
): Step {
  const next = live(fleet, worker, event, now);
  if (worker.told.includes(type)) return changed(fleet, next);
  return changed(fleet, { ...next, told: [...worker.told, type] }, describe(fleet, worker));
}

function becameReady(fleet: Fleet, worker: Worker, now: number): Step {
  if (worker.readyAt !== undefined) return changed(fleet, worker);
  const ready = { ...live(fleet, worker, 'ready', now), readyAt: now };
  return changed(fleet, ready, notices.ready(fleet, ready, now));
}

function snapshot(fleet: Fleet, worker: Worker, message: Snapshot, now: number): Step {
  const { snapshotsPaidAt: paidAt } = worker;
  if (paidAt - now >= SNAPSHOT_BURST * SNAPSHOT_INTERVAL) return { fleet, actions: [] };
  const snapshotsPaidAt = Math.max(now, paidAt) + SNAPSHOT_INTERVAL;
  return changed(fleet, { ...worker, snapshotsPaidAt }, notices.snapshot(fleet, worker, message));
}

/** All workers run the same code and fail alike, so the stack is shown once. */
function failed(fleet: Fleet, worker: Worker, failure: Failure): Step {
  if (worker.told.includes('failed')) return changed(fleet, worker);
  const told = [...worker.told, 'failed' as const];
  const next = withWorker(fleet, { ...worker, told, failure: notices.describeFailure(failure) });
  const notice = notices.failed(fleet, worker, failure);
  if (fleet.shown.includes(failure.stack)) return { fleet: next, actions: [notice] };
  const shown = [failure.stack, ...fleet.shown].slice(0, MAX_SHOWN);
  return { fleet: { ...next, shown }, actions: [{ type: 'report', failure }, notice] };
}

/** All workers report it; one line is enough. */
function notWarmed(fleet: Fleet, worker: Worker): Step {
  const notice = notices.notWarmed();
  const { message } = notice.entry;
  if (fleet.shown.includes(message)) return changed(fleet, worker);
  return changed({ ...fleet, shown: [message, ...fleet.shown].slice(0, MAX_SHOWN) }, worker, notice);
}
