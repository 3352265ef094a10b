import type { Entry } from '../log/logger.ts';
import type { Orphan } from '../process/spawner.ts';
import type { WorkerMessage } from '../protocol/messages.ts';
import type { Changes, Requester } from './events.ts';
import type { Instruction, State } from './lifecycle.ts';
import { type KillReason, NO_RESTARTS, type Restarts } from './restarts.ts';

/** The supervisor's parameters. Durations are milliseconds. */
export interface Policy {
  /** How workers are made. */
  readonly mode: 'fork' | 'spawn';
  readonly count: number;
  /** The index of the worker in slot 0. */
  readonly index: number;
  readonly timeout: number;
  readonly bootTimeout: number;
  /** 0: off */
  readonly hangTimeout: number;
  /** Interval between two heartbeats of a worker. */
  readonly heartbeat: number;
  /** Memory use above which a worker is recycled, bytes; 0: off. */
  readonly maxMemory: number;
  /** The age at which a ready worker is recycled, or up to a quarter earlier; 0: off. */
  readonly maxAge: number;
  /** Memory limit of the whole swarm, bytes; 0: unknown. */
  readonly memory: number;
  /** Interval between two memory measurements. */
  readonly memoryInterval: number;
  /** Runs in a terminal, where a second INT means that the user has lost patience. */
  readonly interactive: boolean;
  /** The workers' arguments follow a `--`: they see neither -r nor -i. */
  readonly argumentsSeparated: boolean;
}

/** A worker process, from the decision to start it until it is reaped. Instants are monotonic milliseconds. */
export interface Worker {
  /** Serial number, never reused. */
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  readonly state: State;
  /** Undefined until the process exists. */
  readonly pid: number | undefined;
  /** Its signal handlers are installed. */
  readonly online: boolean;
  readonly instructed: Instruction;
  readonly sent: Instruction;
  readonly startedAt: number;
  readonly readyAt: number | undefined;
  /** Ready for a second, so it counts as running. */
  readonly proven: boolean;
  /** It listens on the shared PORT. */
  readonly listening: boolean;
  /** Deadline for the mold to fork it; Infinity before the mold is told to and after it has done so. */
  readonly forkBy: number;
  /** Instant of its last sign of life. */
  readonly heardAt: number;
  /** Instant at which it is killed; Infinity: never. */
  readonly deadline: number;
  /** Why swarm killed it, if it missed a deadline. */
  readonly killedFor: KillReason | undefined;
  /** Its blocked event loop has been reported. */
  readonly reportedBlocked: boolean;
  /** What it was busy with, by its last heartbeat. */
  readonly busy: string;
  /** Longest block of its event loop between its last two heartbeats. */
  readonly delay: number;
  /** Event-loop busy time by its last heartbeat, milliseconds. */
  readonly active: number;
  /** Memory use in bytes; undefined before the first measurement. */
  readonly memory: number | undefined;
  /** The log has said that it is being replaced because of its age (SWARM_MAXAGE). */
  readonly isAged: boolean;
  /** The log has said that it uses too much memory. */
  readonly reportedOutgrown: boolean;
  /** Types of its messages that the log has shown: each only once, however often the worker repeats it. */
  readonly told: readonly WorkerMessage['type'][];
  /** Instant by which its snapshots in the log will average one per second. */
  readonly snapshotsPaidAt: number;
  /** Why it cannot do its work, as a clause: by its own report or by swarm's rules. */
  readonly failure: string | undefined;
  /** V8 reported that the heap has reached its limit, and no heartbeat came since. */
  readonly outOfHeap: boolean;
  /** Its event loop ran empty. */
  readonly empty: boolean;
}

/** A position in the swarm, which is kept filled while the swarm runs. */
export interface Slot {
  /** Unplanned restarts in this slot: all except those for new code or for age. */
  readonly restarts: number;
  /** Failures in a row. */
  readonly failures: number;
  /** No worker is started here before this instant. */
  readonly startableAt: number;
  /** A worker ended here before it was proven, and without being told to. */
  readonly failedToBoot: boolean;
  /** How many times in a row the system refused to start a worker here. */
  readonly refusals: number;
  /** Recycles in a row of workers that had not been ready for long. */
  readonly outgrown: number;
  /** No worker is recycled here before this instant. */
  readonly recyclableAt: number;
}

/** The replacement that is under way; see replacement.ts. */
export interface Replacement {
  /** The worker to be replaced. */
  readonly workerId: number;
  readonly slot: number;
  /** Whether that worker has listened on PORT. If so, its successor must listen too. */
  readonly listened: boolean;
}

/** A rollout to a generation, until its first worker has come up; see rollout.ts. The first rollout is the boot. */
export interface Rollout {
  /** The generation that it leads to. */
  readonly generation: number;
  readonly begunAt: number;
  /** The origin of the request; undefined for the boot. */
  readonly by: Requester | undefined;
  /**
   * `preparing`: none of its workers can be started yet. `settling`: at boot only, mode and count are being settled.
   * `trying`: its first worker must come up.
   */
  readonly stage: 'preparing' | 'settling' | 'trying';
  /** Deadline for preparing it; Infinity once it is prepared. */
  readonly deadline: number;
  /** Id of its first worker; undefined until that is started. */
  readonly first: number | undefined;
  /** Origin of a request that arrived after it began. The code may have changed again, so another rollout follows. */
  readonly again: Requester | undefined;
  /** At boot only: log entries so far, held back until after the boot line. */
  readonly remarks: readonly Entry[];
}

/** Changed files for which no rollout has been requested yet; see watching.ts. Instants. */
export interface PendingChanges extends Changes {
  /** When the rollout begins, unless more files change first. */
  readonly settledAt: number;
  /** The latest instant at which it begins. */
  readonly latestAt: number;
}

/** How a rollout ended. `failure`: why, as a clause; undefined if it renewed all workers. */
export interface LastRollout {
  readonly generation: number;
  readonly failure: string | undefined;
}

/** Memory of the whole swarm, in bytes, with instants. The memory of a single worker is in Worker. */
export interface Memory {
  /** When to measure next; Infinity: never. */
  readonly measureAt: number;
  /** When the current measurement began; undefined if there is none. */
  readonly begunAt: number | undefined;
  /** When the last complete measurement began. */
  readonly takenAt: number;
  /** Memory use of the whole swarm. */
  readonly use: number;
  /** Lowest memory use measured for a ready worker: what a new one will need. */
  readonly least: number;
  /** The log has said that too much memory is in use and that recycling would not help. */
  readonly reportedFull: boolean;
}

/** Processes that workers left behind; used while the swarm stops. See orphans.ts. Instants. */
export interface OrphanSearch {
  /** Result of the last search. */
  readonly alive: readonly Orphan[];
  /** Pids of processes that got TERM, and of those that got KILL. */
  readonly stopped: readonly number[];
  readonly killed: readonly number[];
  /** Instant of the next search; Infinity while the swarm runs. */
  readonly lookAt: number;
  /** Instant at which the remaining ones get KILL. */
  readonly deadline: number;
  /** The search that follows the exit of the last worker. The supervisor leaves only after it. */
  readonly lastLook: 'due' | 'asked' | 'done';
}

export type Phase = 'booting' | 'running' | 'quiet' | 'stopping' | 'gone';

export interface Fleet {
  readonly policy: Policy;
  readonly phase: Phase;
  /** Generation of newly started workers, except the one on trial in a rollout; 0 until workers can be started. */
  readonly generation: number;
  /** The last generation number used, even if that generation failed. */
  readonly newestGeneration: number;
  readonly rollout: Rollout | undefined;
  /** When the rollout to this generation began; undefined once the log has reported it complete. */
  readonly renewingSince: number | undefined;
  /** How the last rollout ended. */
  readonly lastRollout: LastRollout | undefined;
  readonly changes: PendingChanges | undefined;
  readonly nextId: number;
  readonly workers: readonly Worker[];
  /** A slot for each worker (policy.count), and perhaps slots of workers that are leaving (scale.ts). */
  readonly slots: readonly Slot[];
  readonly restarts: Restarts;
  readonly replacing: Replacement | undefined;
  /** When the last replacement ended, or the next generation was prepared. Earlier memory figures are out of date. */
  readonly replacedAt: number;
  readonly memory: Memory;
  readonly orphans: OrphanSearch;
  /** Whether, since boot, any worker was proven, or was ready until it was stopped or killed. */
  readonly everProven: boolean;
  /** The supervisor's exit status. */
  readonly status: 0 | 1;
  readonly interruptedAt: number | undefined;
  /** Stacks of application errors, and remarks, that the log has already shown. */
  readonly shown: readonly string[];
}

export const NEW_SLOT: Slot = {
  restarts: 0,
  failures: 0,
  startableAt: -Infinity,
  failedToBoot: false,
  refusals: 0,
  outgrown: 0,
  recyclableAt: -Infinity,
};

const NEW_MEMORY: Memory = {
  measureAt: Infinity,
  begunAt: undefined,
  takenAt: -Infinity,
  use: 0,
  least: Infinity,
  reportedFull: false,
};

const NO_ORPHANS: OrphanSearch = {
  alive: [],
  stopped: [],
  killed: [],
  lookAt: Infinity,
  deadline: Infinity,
  lastLook: 'due',
};

export function newFleet(policy: Policy): Fleet {
  return {
    policy,
    phase: 'booting',
    generation: 0,
    newestGeneration: 0,
    rollout: undefined,
    renewingSince: undefined,
    lastRollout: undefined,
    changes: undefined,
    nextId: 1,
    workers: [],
    slots: newSlots(policy),
    restarts: NO_RESTARTS,
    replacing: undefined,
    replacedAt: -Infinity,
    memory: NEW_MEMORY,
    orphans: NO_ORPHANS,
    everProven: false,
    status: 0,
    interruptedAt: undefined,
    shown: [],
  };
}

export function newSlots({ count }: Policy): Slot[] {
  return Array.from({ length: count }, () => NEW_SLOT);
}
