import type { Order } from '../protocol/assignment.ts';
import type { Failure, Preloaded, WorkerMessage } from '../protocol/messages.ts';

/** Makes worker processes. All outcomes are events: no method throws, and none but close() waits. */
export interface Spawner {
  /** Leads to `started` or `start-failed`, and after `started` to `exited`. */
  start(order: Order): void;
  /**
   * Gets ready to start workers of a new generation, from the current code. Workers of other generations can still be
   * started. Leads to `prepared` or `unprepared`, unless the generation is retired first.
   */
  prepare(generation: number): void;
  /** Gives up a generation: starts none of its workers any more, except those for which start() was called. */
  retire(generation: number): void;
  /**
   * Does nothing if the process has exited, because its pid may have been reused. A worker that does not exist yet gets
   * the signal once it does, or is never started and leads to `exited` with that signal. KILL for a worker that a mold
   * is forking kills the mold; `start-failed` follows.
   */
  signal(workerId: number, signal: NodeJS.Signals): void;
  /**
   * Searches for processes that workers left behind. Leads to an event `orphans`, and to another one after each exit of
   * a child. These events wait while a fork is under way.
   */
  findOrphans(): void;
  /** Does nothing if the process has ended. */
  signalOrphan(pid: number, signal: NodeJS.Signals): void;
  /** Starts no more workers, except those for which start() was called. */
  finish(): void;
  /** Pids of its processes other than the workers. */
  own(): number[];
  /** Must be called when no worker is left. Resolves when the spawner's other processes have exited too. */
  close(): Promise<void>;
}

export type ProcessEvent = WorkerEvent | OrphansEvent | GenerationEvent | MoldEvent;

/** A worker process did something. */
export type WorkerEvent =
  /** A mold was told to fork it. Leads to `started` or `start-failed`; the supervisor sets a deadline for that. */
  | { type: 'forking'; workerId: number }
  | { type: 'started'; workerId: number; pid: number }
  | { type: 'start-failed'; workerId: number; reason: string }
  | { type: 'exited'; workerId: number; exit: Exit }
  | { type: 'message'; message: WorkerMessage };

/** Orphans that are alive. */
export interface OrphansEvent {
  type: 'orphans';
  orphans: readonly Orphan[];
}

/** A process whose parent has died and that is now a child of the supervisor. */
export interface Orphan {
  readonly pid: number;
  /** Name of its command, for people. */
  readonly name: string;
}

/** The outcome of prepare(). */
export type GenerationEvent = GenerationPrepared | GenerationUnprepared;

/** `preloaded`: undefined in spawn mode. */
export interface GenerationPrepared {
  type: 'prepared';
  generation: number;
  preloaded: Preloaded | undefined;
}

export interface GenerationUnprepared {
  type: 'unprepared';
  generation: number;
  /** A clause. */
  reason: string;
  /** The application's own error, if that is the reason. */
  failure: Failure | undefined;
  /** `code`: the code cannot be loaded. `fork`: a process that has loaded it cannot be copied. */
  fault: 'code' | 'fork';
}

/** Events of fork mode. */
export type MoldEvent =
  /** Another mold is ready, because the last one died. */
  | ({ type: 'preloaded' } & Preloaded)
  /** A package that is not shared: each worker loads it. */
  | { type: 'left-out'; package: string; reason: string }
  /** Packages that are not shared because an agent or preload comes before them, and what to do about it. */
  | { type: 'skipped'; packages: number; names: string; reason: string; remedy: string }
  /** Packages that are shared although an agent starts too late to instrument them. `text`: sentences. */
  | { type: 'unseen'; text: string }
  /** A package or module that is shared although it should not be. */
  | { type: 'unsafe'; package: string; reason: string }
  /** Workers start cold, because the warm-up failed or left something behind that they must not share. */
  | { type: 'cold'; reason: string; stack?: string | undefined }
  /** The mold has died. Its workers live on. */
  | { type: 'mold-exited'; exit: Exit };

/** How a process ended: either `code` or `signal` is set. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Whether the kernel killed it for lack of memory. */
  outOfMemory?: boolean;
}

export type Emit = (event: ProcessEvent) => void;
