import type { Entry } from '../log/logger.ts';
import type { GenerationPrepared, GenerationUnprepared, ProcessEvent } from '../process/spawner.ts';
import type { Policy } from './fleet.ts';

/** Everything that can happen to a swarm. Handlers only make events; step.ts decides what follows. */
export type Event = RequestEvent | ProcessEvent | BootEvent | Measurement | { type: 'tick' } | Crash;

/** Who wants something: whoever sent the signal, or gave the command. */
export type Requester = NodeJS.Signals | 'swarm stop' | 'swarm quiet' | 'swarm restart';

export interface ScaleRequest {
  type: 'scale';
  /** How many workers there are to be. */
  count: number;
}

/** Somebody wants something of the whole swarm. */
export type RequestEvent =
  | { type: 'stop'; by: Requester }
  | { type: 'interrupt' }
  | { type: 'quiet'; by: Requester }
  | { type: 'rollout'; by: Requester }
  | ScaleRequest;

/** How the first generation comes to be, and what the swarm is sized for. */
export type BootEvent =
  | { type: 'boot' }
  /** Workers can be started, as many as the policy says now. `announcement`: the boot line, and what goes with it. */
  | { type: 'settled'; policy: Policy; announcement: readonly Entry[] }
  /** What another number of workers makes of the policy; none: there cannot be so many. `announcement`: says so. */
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
