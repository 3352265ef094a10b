import type { Entry } from '../log/logger.ts';
import type { Failure } from '../protocol/messages.ts';
import type { FirstAttempt } from './events.ts';

/** Actions that the core (step.ts) returns and supervisor.ts performs. */
export type Action =
  | { type: 'start'; workerId: number; slot: number; generation: number }
  /** Get ready to start workers of a generation. Leads to an event `prepared` or `unprepared`. */
  | { type: 'prepare'; generation: number }
  /** Give up a generation: none of its workers will be started any more. */
  | { type: 'retire'; generation: number }
  /** Settle mode and count, given the outcome of preparing the first generation. Leads to `settled` or `refused`. */
  | { type: 'settle'; attempt: FirstAttempt }
  /** Size the swarm for this many workers. Leads to `resized`. */
  | { type: 'resize'; count: number }
  | { type: 'signal'; workerId: number; signal: NodeJS.Signals }
  /** Search for processes that workers left behind. Leads to events `orphans`. */
  | { type: 'find-orphans' }
  | { type: 'signal-orphan'; pid: number; signal: NodeJS.Signals }
  /** Measure memory use. Leads to an event `measured`. */
  | { type: 'measure' }
  | { type: 'log'; entry: Entry }
  /** Show the application's own error on stderr, with its stack. */
  | { type: 'report'; failure: Failure }
  | { type: 'leave'; status: 0 | 1 };
