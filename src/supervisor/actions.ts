import type { Entry } from '../log/logger.ts';
import type { Failure } from '../protocol/messages.ts';

/** What the supervisor is to do. The core (step.ts) only asks; supervisor.ts performs. */
export type Action =
  | { type: 'start'; worker: number; slot: number; generation: number }
  /** Make workers of another generation possible. Leads to an event `prepared` or `unprepared`. */
  | { type: 'prepare'; generation: number }
  /** No worker of this generation will be started any more. */
  | { type: 'retire'; generation: number }
  | { type: 'signal'; worker: number; signal: NodeJS.Signals }
  /** Search for processes that workers left behind. Leads to events `orphans`. */
  | { type: 'find-orphans' }
  | { type: 'signal-orphan'; pid: number; signal: NodeJS.Signals }
  /** Look how much memory is in use; leads to an event `measured`. */
  | { type: 'measure' }
  | { type: 'log'; entry: Entry }
  /** Show the application's own error on stderr, with its stack. */
  | { type: 'report'; failure: Failure }
  | { type: 'leave'; status: 0 | 1 };
