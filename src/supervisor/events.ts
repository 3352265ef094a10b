import type { Entry } from '../log/logger.ts';
import type { GenerationPrepared, GenerationUnprepared, ProcessEvent } from '../process/spawner.ts';
import type { Policy } from './fleet.ts';

/** Everything that can happen to a swarm. Handlers only make events; step.ts decides what follows. */
export type Event = RequestEvent | ProcessEvent | BootEvent | WatchEvent | Measurement | { type: 'tick' } | Crash;

/** The origin of a request: a signal, a command, changed files, or the end of the runner. */
export type Requester = NodeJS.Signals | 'swarm stop' | 'swarm quiet' | 'swarm restart' | Changes | RunnerEnd;

/** Files of the application that changed together. */
export interface Changes {
  /** The first of them, relative to the working directory. */
  readonly file: string;
  /** It is not the only one. */
  readonly others: boolean;
}

/** The program that started swarm and passes no signal on has ended. */
export interface RunnerEnd {
  /** "npm exec" */
  readonly runner: string;
}

export interface ScaleRequest {
  type: 'scale';
  /** The new number of workers. */
  count: number;
}

/** A request that concerns the whole swarm. */
export type RequestEvent =
  | { type: 'stop'; by: Requester }
  | { type: 'interrupt' }
  | { type: 'quiet'; by: Requester }
  | { type: 'rollout'; by: Requester }
  | ScaleRequest;

/** With SWARM_WATCH. */
export type WatchEvent =
  /** All that is below these directories, or single files, is watched from now on. */
  | { type: 'watching'; places: readonly string[]; files: number }
  /** Something is not: its path, and the code of the error. */
  | { type: 'unwatched'; path: string; code: string }
  /** A file was written, added or removed; its path relative to the working directory. */
  | { type: 'changed'; file: string };

/** How the first generation comes to be, and what the swarm is sized for. */
export type BootEvent =
  | { type: 'boot' }
  /** Workers can be started, as many as the policy says now. `announcement`: the boot line, and what goes with it. */
  | { type: 'settled'; policy: Policy; announcement: readonly Entry[] }
  /** The policy for another number of workers; undefined: that number is impossible. `announcement` says so. */
  | { type: 'resized'; policy: Policy | undefined; announcement: readonly Entry[] }
  /** This swarm cannot run. */
  | { type: 'refused' };

/** What came of preparing the first generation; `late`: nothing has, within SWARM_BOOT_TIMEOUT. */
export type FirstAttempt = GenerationPrepared | GenerationUnprepared | { type: 'late'; reason: string };

/** Bytes: what the whole swarm uses, and what each worker uses that could be read, by its id. */
export interface Measurement {
  type: 'measured';
  use: number;
  workers: ReadonlyMap<number, number>;
}

/** An error has escaped in the supervisor itself, which is a bug in swarm. */
export interface Crash {
  type: 'crash';
}
