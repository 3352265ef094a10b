import type { Assignment } from '../protocol/assignment.ts';
import type { WorkerMessage } from '../protocol/messages.ts';

/** Makes worker processes. All outcomes are events: none of these calls throws or waits. */
export interface Spawner {
  /** Leads to `started` or `start-failed`, and after `started` to `exited`. */
  start(assignment: Assignment): void;
  /** Does nothing where the process has exited: its pid may be somebody else's by now. */
  signal(worker: number, signal: NodeJS.Signals): void;
}

/** A process did something. `worker` is its serial number. */
export type ProcessEvent =
  | { type: 'started'; worker: number; pid: number }
  | { type: 'start-failed'; worker: number; reason: string }
  | { type: 'exited'; worker: number; exit: Exit }
  | { type: 'message'; message: WorkerMessage };

/** How a process ended: exactly one of the two is set. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export type Emit = (event: ProcessEvent) => void;
