import type { Entry } from '../log/logger.ts';
import type { Orphan } from '../process/spawner.ts';
import type { WorkerMessage } from '../protocol/messages.ts';
import type { Changes, Requester } from './events.ts';
import type { Instruction, State } from './lifecycle.ts';
import { type KillReason, NO_RESTARTS, type Restarts } from './restarts.ts';

/** What the supervisor was told to do. Durations are milliseconds. */
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
  /** Between two heartbeats of a worker. */
  readonly heartbeat: number;
  /** Above this a worker is recycled, bytes; 0: off. */
  readonly maxMemory: number;
  /** The age at which a ready worker is recycled, or up to a quarter earlier; 0: off. */
  readonly maxAge: number;
  /** What the whole swarm may use, bytes; 0: not known. */
  readonly memory: number;
  /** From one look at the memory to the next. */
  readonly memoryInterval: number;
  /** A person sits at a terminal: a second INT means that they have lost patience. */
  readonly interactive: boolean;
  /** The workers' arguments follow a `--`: they see neither -r nor -i. */
  readonly argumentsSeparated: boolean;
}

/** A process, from the decision to start it until it was reaped. Instants are monotonic milliseconds. */
export interface Worker {
  /** Serial number, never used again. */
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  readonly state: State;
  /** Unknown until it was started. */
  readonly pid: number | undefined;
  /** Its signal handlers are installed. */
  readonly online: boolean;
  readonly instructed: Instruction;
  readonly sent: Instruction;
  readonly startedAt: number;
  readonly readyAt: number | undefined;
  /** It has been ready for a second: it counts as a worker that runs. */
  readonly proven: boolean;
  /** It listens on the shared PORT. */
  readonly listening: boolean;
  /** Until when the mold that was told to fork it may take; Infinity: none was, or it has done so. */
  readonly forkBy: number;
  /** When the last message came. */
  readonly heardAt: number;
  /** When it will be killed; Infinity: never. */
  readonly deadline: number;
  /** Why swarm killed it, where it was late. */
  readonly killedFor: KillReason | undefined;
  /** Its blocked event loop has been reported. */
  readonly reportedBlocked: boolean;
  /** What it said last that it was busy with. */
  readonly busy: string;
  /** The longest that its event loop was blocked between its last two heartbeats. */
  readonly delay: number;
  /** For how long its event loop has run rather than waited, as it said last; milliseconds. */
  readonly active: number;
  /** What it uses, bytes; unknown until it was measured. */
  readonly memory: number | undefined;
  /** It has been reported that it is as old as SWARM_MAXAGE allows: it is replaced for that alone. */
  readonly isAged: boolean;
  /** It has been reported that it uses too much. */
  readonly reportedOutgrown: boolean;
  /** What it has said that the log told: each of these only once, however often the worker repeats it. */
  readonly told: readonly WorkerMessage['type'][];
  /** When the snapshots that the log has shown of it will average one a second. */
  readonly snapshotsPaidAt: number;
  /** Why it cannot do its work, in its own words or by our rules, in half a sentence. */
  readonly failure: string | undefined;
  /** V8 said that the heap is as large as it may become, and nothing was heard since. */
  readonly outOfHeap: boolean;
  /** Its event loop ran empty. */
  readonly empty: boolean;
}

/** A position that is always filled while the swarm runs. */
export interface Slot {
  /** How often a worker had to be replaced here, other than for fresh code or for age. */
  readonly restarts: number;
  /** Failures in a row. */
  readonly failures: number;
  /** No worker is started here before this instant. */
  readonly startableAt: number;
  /** A worker ended here before it was proven, and without having been asked to. */
  readonly failedToBoot: boolean;
  /** How often in a row the machine refused to start a worker here. */
  readonly refusals: number;
  /** Recycles in a row of workers that had not been ready for long. */
  readonly outgrown: number;
  /** No worker is recycled here before this instant. */
  readonly recyclableAt: number;
}

/** The worker that is being replaced while it lives, and where; see replacement.ts. */
export interface Replacement {
  readonly workerId: number;
  readonly slot: number;
  /** The worker listened on PORT when it was last seen: so must its successor. */
  readonly listened: boolean;
}

/** The way to a generation, until its first worker is proven; see rollout.ts. That to the first is the boot. */
export interface Rollout {
  /** The one that it leads to. */
  readonly generation: number;
  readonly begunAt: number;
  /** The origin of the request; undefined for the boot. */
  readonly by: Requester | undefined;
  /**
   * `preparing`: none of its workers could be started yet. `settling`: of the first generation alone, how to make workers.
   * `trying`: its first worker has to come up.
   */
  readonly stage: 'preparing' | 'settling' | 'trying';
  /** The deadline for preparing it; Infinity: it is prepared. */
  readonly deadline: number;
  /** Its first worker, when that has been started. */
  readonly first: number | undefined;
  /** It was asked for once more since it began: the code may have changed again. */
  readonly again: Requester | undefined;
  /** Of the first generation alone: what its mold has said so far. The log shows it after the boot line. */
  readonly remarks: readonly Entry[];
}

/** Files that have changed, and for which no rollout has begun; see watching.ts. Instants. */
export interface PendingChanges extends Changes {
  /** When the rollout begins, unless more files change before. */
  readonly settledAt: number;
  /** When it begins at the latest. */
  readonly latestAt: number;
}

/** How a rollout ended: with all workers renewed, or not, and why, in half a sentence. */
export interface LastRollout {
  readonly generation: number;
  readonly failure: string | undefined;
}

/** What is known of the memory of the whole swarm; that of each worker is with the worker. Bytes and instants. */
export interface Memory {
  /** When to measure next; Infinity: never. */
  readonly measureAt: number;
  /** When the measurement that is under way began. */
  readonly begunAt: number | undefined;
  /** When the one that told all this began. */
  readonly takenAt: number;
  /** What the whole swarm uses. */
  readonly use: number;
  /** The least that a worker was seen to use when it was ready: what a new one will need. */
  readonly least: number;
  /** It has been reported that there is too little, and that recycling will not help. */
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
  /** Of workers that are started now, except for the first of the next; 0: none can be started yet. */
  readonly generation: number;
  /** The number that was given last, to one that may have failed. */
  readonly newestGeneration: number;
  readonly rollout: Rollout | undefined;
  /** When the rollout began that led to this generation; undefined when that has been reported to be complete. */
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
  /** When the last replacement ended, or another mold came: earlier figures do not count any more. */
  readonly replacedAt: number;
  readonly memory: Memory;
  readonly orphans: OrphanSearch;
  /** A worker was proven since boot, or was ready until it was stopped or killed. */
  readonly everProven: boolean;
  /** The exit status to leave with. */
  readonly status: 0 | 1;
  readonly interruptedAt: number | undefined;
  /** The stacks of application errors, and the remarks, that were shown already. */
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
