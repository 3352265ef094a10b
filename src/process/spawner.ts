import type { Order } from '../protocol/assignment.ts';
import type { Failure, Preloaded, WorkerMessage } from '../protocol/messages.ts';

/** Makes worker processes. All outcomes are events: none of these calls throws or waits. */
export interface Spawner {
  /** Leads to `started` or `start-failed`, and after `started` to `exited`. */
  start(order: Order): void;
  /**
   * Makes workers of a generation possible, which run the code as it is now; those of the others go on being so.
   * Leads to `prepared` or `unprepared`, unless it is retired before.
   */
  prepare(generation: number): void;
  /** No worker of this generation will be started any more, except those for which start() was called. */
  retire(generation: number): void;
  /**
   * Does nothing if the process has exited: its pid may belong to another process by now. A process that is not started
   * yet gets the signal when it is there, or is never started and exits with it. KILL for a worker that its mold was
   * told to fork, and that has not been started, kills the mold; `start-failed` follows.
   */
  signal(workerId: number, signal: NodeJS.Signals): void;
  /**
   * Searches for processes that workers left behind. Leads to an event `orphans`, and to another after each exit of a
   * child. While a fork is under way, they are delayed.
   */
  findOrphans(): void;
  /** Does nothing if the process has ended. */
  signalOrphan(pid: number, signal: NodeJS.Signals): void;
  /** No worker will be started any more, except those for which start() was called. */
  finish(): void;
  /** The pids of its processes other than the workers. */
  own(): number[];
  /** No worker is left or will be started. Resolves when no process of the spawner's own is left either. */
  close(): Promise<void>;
}

export type ProcessEvent = WorkerEvent | OrphansEvent | GenerationEvent | MoldEvent;

/** A worker process did something. */
export type WorkerEvent =
  /** A mold was told to fork it: leads to `started` or `start-failed`, by a deadline of the supervisor's. */
  | { type: 'forking'; workerId: number }
  | { type: 'started'; workerId: number; pid: number }
  | { type: 'start-failed'; workerId: number; reason: string }
  | { type: 'exited'; workerId: number; exit: Exit }
  | { type: 'message'; message: WorkerMessage };

/** Processes that are alive. */
export interface OrphansEvent {
  type: 'orphans';
  orphans: readonly Orphan[];
}

/** A process whose parent has died and that is now a child of the supervisor. */
export interface Orphan {
  readonly pid: number;
  /** Of its command, for people. */
  readonly name: string;
}

/** What came of prepare(). */
export type GenerationEvent = GenerationPrepared | GenerationUnprepared;

/** `preloaded`: in fork mode. */
export interface GenerationPrepared {
  type: 'prepared';
  generation: number;
  preloaded: Preloaded | undefined;
}

export interface GenerationUnprepared {
  type: 'unprepared';
  generation: number;
  /** In half a sentence. */
  reason: string;
  /** The application's own error, if that is it. */
  failure: Failure | undefined;
  /** Whether the code cannot be loaded, or a process that has loaded it cannot be copied. */
  fault: 'code' | 'fork';
}

/** In fork mode. */
export type MoldEvent =
  /** Another mold is ready: the last one had died. */
  | ({ type: 'preloaded' } & Preloaded)
  /** A package that each worker loads for itself. */
  | { type: 'left-out'; package: string; reason: string }
  /** So many packages that each worker loads for itself: why, and what to do about it. */
  | { type: 'skipped'; packages: number; names: string; reason: string; remedy: string }
  /** Packages that are shared although an agent comes too late for them: in sentences. */
  | { type: 'unseen'; text: string }
  /** A package or module that is shared although it had better not be. */
  | { type: 'unsafe'; package: string; reason: string }
  /** Workers start cold, because the warm-up failed, or left something behind that they must not share: why. */
  | { type: 'cold'; reason: string; stack?: string | undefined }
  /** The mold has died; its workers have not. */
  | { type: 'mold-exited'; exit: Exit };

/** How a process ended: either `code` or `signal` is set. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The kernel has killed it for lack of memory. */
  outOfMemory?: boolean;
}

export type Emit = (event: ProcessEvent) => void;
