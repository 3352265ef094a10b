import type { Entry } from '../log/logger.ts';
import type { GenerationPrepared, GenerationUnprepared, ProcessEvent } from '../process/spawner.ts';
import type { Policy } from './fleet.ts';

/** Everything that can happen to a swarm. Handlers only emit events; step.ts decides what follows. */
export type Event = RequestEvent | ProcessEvent | BootEvent | WatchEvent | Measurement | { type: 'tick' } | Crash;

/** The origin of a request: a signal, a command, changed files, or the end of the runner. */
export type Requester = NodeJS.Signals | 'swarm stop' | 'swarm quiet' | 'swarm restart' | Changes | RunnerEnd;

/** Files of the application that changed together. */
export interface Changes {
  /** The first of them, relative to the working directory. */
  readonly file: string;
  /** Whether other files changed with it. */
  readonly others: boolean;
}

/** The program that started swarm, and that forwards no signals, has ended. */
export interface RunnerEnd {
  /** "npm exec" */
  readonly runner: string;
}

export interface ScaleRequest {
  type: 'scale';
  /** The new number of workers. */
  count: number;
}

/** A request to the whole swarm. */
export type RequestEvent =
  | { type: 'stop'; by: Requester }
  | { type: 'interrupt' }
  | { type: 'quiet'; by: Requester }
  | { type: 'rollout'; by: Requester }
  | ScaleRequest;

/** With SWARM_WATCH. */
export type WatchEvent =
  /** These single files, and everything below these directories, are watched from now on. */
  | { type: 'watching'; places: readonly string[]; files: number }
  /** A path that could not be watched, and the error code. */
  | { type: 'unwatched'; path: string; code: string }
  /** A file was written, added or removed; its path relative to the working directory. */
  | { type: 'changed'; file: string };

/** Events of the boot, and of sizing the swarm. */
export type BootEvent =
  | { type: 'boot' }
  /** Workers can be started, as many as the policy now says. `announcement`: the boot line and its warnings. */
  | { type: 'settled'; policy: Policy; announcement: readonly Entry[] }
  /** The policy for a new number of workers; undefined if that number is impossible. `announcement` reports either. */
  | { type: 'resized'; policy: Policy | undefined; announcement: readonly Entry[] }
  /** This swarm cannot run. */
  | { type: 'refused' };

/** The outcome of preparing the first generation; `late`: none within SWARM_BOOT_TIMEOUT. */
export type FirstAttempt = GenerationPrepared | GenerationUnprepared | { type: 'late'; reason: string };

/** Memory use in bytes: of the whole swarm, and by id of each worker that could be read. */
export interface Measurement {
  type: 'measured';
  use: number;
  workers: ReadonlyMap<number, number>;
}

/** An uncaught error in the supervisor itself: a bug in swarm. */
export interface Crash {
  type: 'crash';
}
