import type { Fleet, LastRollout, Phase, Worker } from './fleet.ts';
import type { State } from './lifecycle.ts';
import { indexOf, slotOf, slotsWith } from './queries.ts';
import type { Restarts } from './restarts.ts';

/** How a swarm is, as plain data. Instants have become durations, in seconds; delays are milliseconds. */
export interface FleetStatus {
  readonly phase: Phase;
  /** How workers are made. While the swarm boots: as far as it is known. */
  readonly mode: 'fork' | 'spawn';
  /** How many workers it runs. While the swarm boots: as far as it is known. */
  readonly count: number;
  /** In how many slots a worker is ready: of two, one counts. */
  readonly ready: number;
  /** The slot whose worker is being replaced by another. */
  readonly replacing: number | null;
  /** Of workers that are started now; 0 while the swarm boots. */
  readonly generation: number;
  /** The rolling restart that is under way. */
  readonly rollout: RolloutStatus | null;
  readonly lastRollout: { readonly generation: number; readonly error: string | null } | null;
  /** How often workers were replaced since the swarm started, by reason. */
  readonly restarts: Restarts;
  /** Above this a worker is recycled, bytes; null: off. */
  readonly maxMemory: number | null;
  /** By slot. Two in one where one replaces the other; one without a pid where there is none yet. */
  readonly workers: readonly WorkerStatus[];
}

export interface RolloutStatus {
  readonly generation: number;
  /** `preparing`: none of its workers can be started yet. `trying`: its first worker boots. `renewing`: older ones are replaced. */
  readonly stage: 'preparing' | 'trying' | 'renewing';
}

export interface WorkerStatus {
  readonly slot: number;
  readonly index: number;
  readonly pid: number | null;
  /** `waiting`: the slot is empty, and is filled later, after failures. */
  readonly state: State | 'waiting';
  /** It has been ready for a second. */
  readonly proven: boolean;
  readonly generation: number;
  /** Since it was started; 0 where it waits. */
  readonly uptime: number;
  /** How often a worker had to be replaced here, other than for fresh code or for age. */
  readonly restarts: number;
  /** Failures of this slot in a row. */
  readonly failures: number;
  /** The longest that its event loop was blocked lately; null before its first heartbeat. */
  readonly delay: number | null;
  /** For how long its event loop has run rather than waited, seconds; null until it was heard of. */
  readonly active: number | null;
  /** What it said last that it was busy with. */
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
  // A worker whose heartbeat is late is blocked now.
  const { restarts, failures } = slotOf(fleet, slot);
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
