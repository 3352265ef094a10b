import type { ProcessEvent } from '../process/spawner.ts';

/** Everything that can happen to a swarm. Handlers only make events; step.ts decides what follows. */
export type Event = RequestEvent | ProcessEvent | { type: 'tick' };

/** Somebody wants something of the whole swarm. */
export type RequestEvent =
  | { type: 'boot' }
  | { type: 'stop'; signal: NodeJS.Signals }
  | { type: 'interrupt' }
  | { type: 'quiet'; signal: NodeJS.Signals }
  | { type: 'reload'; signal: NodeJS.Signals };
