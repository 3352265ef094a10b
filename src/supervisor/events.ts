import type { ProcessEvent } from '../process/spawner.ts';

/** Everything that can happen to a swarm. Handlers only make events; step.ts decides what follows. */
export type Event = RequestEvent | ProcessEvent | Measured | { type: 'tick' } | Crash;

/** Who wants something: whoever sent the signal, or gave the command. */
export type Requester = NodeJS.Signals | 'swarm stop' | 'swarm quiet' | 'swarm restart';

/** Somebody wants something of the whole swarm. */
export type RequestEvent =
  | { type: 'boot' }
  | { type: 'stop'; by: Requester }
  | { type: 'interrupt' }
  | { type: 'quiet'; by: Requester }
  | { type: 'reload'; by: Requester };

/** Bytes: what the whole swarm uses, and what each worker uses that could be read. */
export interface Measured {
  type: 'measured';
  use: number;
  workers: ReadonlyMap<number, number>;
}

/** An error has escaped in the supervisor itself, which is a bug in swarm. */
export interface Crash {
  type: 'crash';
}
