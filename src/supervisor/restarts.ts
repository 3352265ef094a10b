import type { Exit } from '../process/spawner.ts';
import { withSlot } from './changes.ts';
import type { Fleet, Worker } from './fleet.ts';
import { slotOf } from './queries.ts';

/**
 * Number of worker replacements since the swarm started, by reason. The reasons are fixed, so each count starts at 0.
 * docs/operating.md, "Restarts by reason", explains them.
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

/** Why swarm killed a worker: it was not ready in time, its event loop was blocked, or it did not stop in time. */
export type KillReason = Extract<RestartReason, 'boot' | 'hung' | 'timeout'>;

/** Reasons that do not count as failures of the worker. */
const PLANNED: readonly RestartReason[] = ['age', 'rollout'];

/** Returns the fleet with the exit of a worker counted. */
export function countRestart(fleet: Fleet, worker: Worker, exit: Exit): Fleet {
  // Only a running swarm replaces workers, and never in a removed slot.
  if (fleet.phase !== 'running' || worker.slot >= fleet.policy.count) return fleet;
  const reason = restartReason(fleet, worker, exit);
  if (!reason) return fleet;
  const counted = { ...fleet, restarts: { ...fleet.restarts, [reason]: fleet.restarts[reason] + 1 } };
  if (PLANNED.includes(reason)) return counted;
  const slot = slotOf(counted, worker.slot);
  return withSlot(counted, worker.slot, { ...slot, restarts: slot.restarts + 1 });
}

/** The number of unplanned restarts: all except those for new code or for age. */
export function unplannedRestarts(restarts: Restarts): number {
  const counts = Object.entries(restarts) as [RestartReason, number][];
  return counts.reduce((sum, [reason, count]) => (PLANNED.includes(reason) ? sum : sum + count), 0);
}

/**
 * Whether another sender stopped the worker. A platform that signals every process itself may signal the supervisor
 * last.
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
  // Its slot was removed by one scale, and added again by another.
  if (fleet.replacing?.workerId !== worker.id) return undefined;
  if (worker.generation < fleet.generation) return 'rollout';
  if (worker.isAged) return 'age';
  // Otherwise it made room for the first worker of a new generation, which has not come up yet.
  return worker.reportedOutgrown ? 'memory' : 'rollout';
}
