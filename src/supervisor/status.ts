import type { Fleet, LastRollout, Phase, Worker } from './fleet.ts';
import type { State } from './lifecycle.ts';
import { indexOf, slotOf, slotsWith } from './queries.ts';
import type { Restarts } from './restarts.ts';

/** Status of a swarm as plain data. Instants have become durations in seconds; delays are in milliseconds. */
export interface FleetStatus {
  readonly phase: Phase;
  /** How workers are made. Not final while the swarm boots. */
  readonly mode: 'fork' | 'spawn';
  /** Number of workers. Not final while the swarm boots. */
  readonly count: number;
  /** Number of slots with a ready worker. */
  readonly ready: number;
  /** The slot whose worker is being replaced. */
  readonly replacing: number | null;
  /** Generation of newly started workers; 0 while the swarm boots. */
  readonly generation: number;
  /** The rolling restart under way. */
  readonly rollout: RolloutStatus | null;
  readonly lastRollout: { readonly generation: number; readonly error: string | null } | null;
  /** Number of worker replacements since the swarm started, by reason. */
  readonly restarts: Restarts;
  /** Memory use above which a worker is recycled, bytes; null: off. */
  readonly maxMemory: number | null;
  /** Workers by slot. A slot has two during a replacement. An empty slot has one without a pid, in state `waiting`. */
  readonly workers: readonly WorkerStatus[];
}

export interface RolloutStatus {
  readonly generation: number;
  /**
   * `preparing`: none of its workers can be started yet. `trying`: its first worker boots. `renewing`: older workers
   * are being replaced.
   */
  readonly stage: 'preparing' | 'trying' | 'renewing';
}

export interface WorkerStatus {
  readonly slot: number;
  readonly index: number;
  readonly pid: number | null;
  /** `waiting`: the slot is empty, and is filled when its backoff is over. */
  readonly state: State | 'waiting';
  /** Whether it has been ready for a second. */
  readonly proven: boolean;
  readonly generation: number;
  /** Time since its start; 0 in state `waiting`. */
  readonly uptime: number;
  /** Unplanned restarts in this slot: all except those for new code or for age. */
  readonly restarts: number;
  /** Failures in a row in this slot. */
  readonly failures: number;
  /** Longest recent block of its event loop; null until it is ready. */
  readonly delay: number | null;
  /** Event-loop busy time; null until it is ready. */
  readonly active: number | null;
  /** What it was busy with, by its last heartbeat. */
  readonly busy: string;
}

export function statusOf(fleet: Fleet, now: number): FleetStatus {
  const { phase, policy, generation, workers, replacing } = fleet;
  const rows = fleet.slots.flatMap((_, slot) => {
    const here = workers.filter((worker) => worker.slot === slot);
    if (here.length > 0) return here.map((worker) => workerStatus(fleet, worker, now));
    return slot < policy.count ? waiting(fleet, slot) : [];
  });
  return {
    phase,
    mode: policy.mode,
    count: policy.count,
    ready: slotsWith(workers.filter(({ state }) => state === 'ready')),
    replacing: replacing?.slot ?? null,
    generation,
    rollout: rolloutStatus(fleet),
    lastRollout: fleet.lastRollout ? outcome(fleet.lastRollout) : null,
    restarts: fleet.restarts,
    maxMemory: policy.maxMemory || null,
    workers: rows,
  };
}

function rolloutStatus({ rollout, renewingSince, generation }: Fleet): RolloutStatus | null {
  if (rollout) {
    const { stage } = rollout;
    return { generation: rollout.generation, stage: stage === 'settling' ? 'preparing' : stage };
  }
  return renewingSince === undefined ? null : { generation, stage: 'renewing' };
}

function outcome({ generation, failure }: LastRollout): FleetStatus['lastRollout'] {
  return { generation, error: failure ?? null };
}

function workerStatus(fleet: Fleet, worker: Worker, now: number): WorkerStatus {
  const { slot, pid, state, proven, generation, startedAt, heardAt, readyAt, busy } = worker;
  const { restarts, failures } = slotOf(fleet, slot);
  // A worker whose heartbeat is late is blocked now.
  const late = Math.max(0, Math.round(now - heardAt - fleet.policy.heartbeat));
  return {
    slot,
    index: indexOf(fleet, slot),
    pid: pid ?? null,
    state,
    proven,
    generation,
    uptime: (now - startedAt) / 1000,
    restarts,
    failures,
    delay: readyAt === undefined ? null : Math.max(worker.delay, late),
    active: readyAt === undefined ? null : worker.active / 1000,
    busy,
  };
}

function waiting(fleet: Fleet, slot: number): WorkerStatus[] {
  if (fleet.phase !== 'running') return [];
  const { restarts, failures } = slotOf(fleet, slot);
  const { generation } = fleet;
  const index = indexOf(fleet, slot);
  const nothing = {
    pid: null,
    state: 'waiting',
    proven: false,
    uptime: 0,
    delay: null,
    active: null,
    busy: '',
  } as const;
  return [{ ...nothing, slot, index, generation, restarts, failures }];
}
