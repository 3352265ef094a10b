import type { Exit } from '../process/spawner.ts';
import { withSlot } from './changes.ts';
import type { Fleet, Worker } from './fleet.ts';
import { slotOf } from './queries.ts';

/**
 * How often workers were replaced since the swarm started, by reason. The reasons are fixed, so each is counted from 0 on.
 * docs/operating.md, "Restarts by reason", explains them to people.
 */
export const NO_RESTARTS = {
  exited: 0,
  out_of_memory: 0,
  killed: 0,
  heap_limit: 0,
  boot: 0,
  hung: 0,
  timeout: 0,
  memory: 0,
  stopped: 0,
  age: 0,
  rollout: 0,
};

export type Restarts = Readonly<typeof NO_RESTARTS>;
export type RestartReason = keyof Restarts;

/** Why swarm kills a worker: it was not ready in time, its event loop was blocked, or it did not stop in time. */
export type KillReason = Extract<RestartReason, 'boot' | 'hung' | 'timeout'>;

/** Nothing was wrong with the worker. */
const PLANNED: readonly RestartReason[] = ['age', 'rollout'];

/** The fleet after a worker has exited. */
export function countRestart(fleet: Fleet, worker: Worker, exit: Exit): Fleet {
  // A swarm that stops replaces no worker, and a removed slot gets none.
  if (fleet.phase !== 'running' || worker.slot >= fleet.policy.count) return fleet;
  const reason = restartReason(fleet, worker, exit);
  if (!reason) return fleet;
  const counted = { ...fleet, restarts: { ...fleet.restarts, [reason]: fleet.restarts[reason] + 1 } };
  if (PLANNED.includes(reason)) return counted;
  const slot = slotOf(counted, worker.slot);
  return withSlot(counted, worker.slot, { ...slot, restarts: slot.restarts + 1 });
}

/** How many of them swarm did not plan. */
export function unplannedRestarts(restarts: Restarts): number {
  const counts = Object.entries(restarts) as [RestartReason, number][];
  return counts.reduce((sum, [reason, count]) => (PLANNED.includes(reason) ? sum : sum + count), 0);
}

/**
 * Another sender stopped it: where the platform signals every process itself, the supervisor may be the last to hear of
 * it.
 */
export function wasTold({ signal }: Exit): boolean {
  return signal === 'SIGTERM' || signal === 'SIGINT' || signal === 'SIGHUP';
}

function restartReason(fleet: Fleet, worker: Worker, exit: Exit): RestartReason | undefined {
  if (worker.state === 'killed') return worker.killedFor ?? 'killed';
  if (worker.state === 'stopping') return worker.instructed === 'stop' ? whyReplaced(fleet, worker) : 'stopped';
  if (exit.outOfMemory) return 'out_of_memory';
  if (worker.outOfHeap) return 'heap_limit';
  if (wasTold(exit)) return 'stopped';
  return exit.signal === null ? 'exited' : 'killed';
}

function whyReplaced(fleet: Fleet, worker: Worker): RestartReason | undefined {
  // Its slot was removed, and is back.
  if (fleet.replacing?.workerId !== worker.id) return undefined;
  if (worker.generation < fleet.generation) return 'rollout';
  if (worker.isAged) return 'age';
  // Otherwise it made room for the first worker of a generation that has yet to come up.
  return worker.reportedOutgrown ? 'memory' : 'rollout';
}
