import type { RequestEvent } from './events.ts';

/** The request that each signal to the supervisor makes. Spawners handle SIGCHLD. */
const REQUESTS: Partial<Record<NodeJS.Signals, RequestEvent | undefined>> = {
  SIGTERM: { type: 'stop', by: 'SIGTERM' },
  SIGINT: { type: 'interrupt' },
  SIGUSR1: { type: 'quiet', by: 'SIGUSR1' },
  SIGTSTP: { type: 'quiet', by: 'SIGTSTP' },
  SIGUSR2: { type: 'rollout', by: 'SIGUSR2' },
  SIGHUP: { type: 'rollout', by: 'SIGHUP' },
  // Ignored: without a listener it would suspend this process.
  SIGTTIN: undefined,
};

/** Stops bin/swarm's listening, which began before anything was loaded. Returns the signals received, in order. */
export type TakeSignals = () => NodeJS.Signals[];

/** Turns signals into events, earlier ones first. */
export function listenForSignals(emit: (event: RequestEvent) => void, takeEarlier: TakeSignals): void {
  const receive = (signal: NodeJS.Signals) => {
    const request = REQUESTS[signal];
    if (request) emit(request);
  };
  for (const signal of Object.keys(REQUESTS)) process.on(signal, receive);
  for (const signal of takeEarlier()) receive(signal);
}
