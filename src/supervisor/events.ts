import type { ProcessEvent } from '../process/spawner.ts';

/** Everything that can happen to a swarm. Handlers only make events; step.ts decides what follows. */
export type Event = RequestEvent | ProcessEvent | Measured | { type: 'tick' };

/** Somebody wants something of the whole swarm. */
export type RequestEvent =
  | { type: 'boot' }
  | { type: 'stop'; signal: NodeJS.Signals }
  | { type: 'interrupt' }
  | { type: 'quiet'; signal: NodeJS.Signals }
  | { type: 'reload'; signal: NodeJS.Signals };

/** Bytes: what the whole swarm uses, and what each worker uses that could be read. */
export interface Measured {
  type: 'measured';
  use: number;
  workers: ReadonlyMap<number, number>;
}
