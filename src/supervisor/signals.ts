import type { RequestEvent } from './events.ts';

/** What each signal to the supervisor asks for. SIGCHLD is Node's. */
const REQUESTS: Partial<Record<NodeJS.Signals, RequestEvent | undefined>> = {
  SIGTERM: { type: 'stop', by: 'SIGTERM' },
  SIGINT: { type: 'interrupt' },
  SIGUSR1: { type: 'quiet', by: 'SIGUSR1' },
  SIGTSTP: { type: 'quiet', by: 'SIGTSTP' },
  SIGUSR2: { type: 'rollout', by: 'SIGUSR2' },
  SIGHUP: { type: 'rollout', by: 'SIGHUP' },
  // Listened to, so that it does not suspend, and nothing else.
  SIGTTIN: undefined,
};

/** Ends the listening of bin/swarm, which begins before anything is loaded, and returns what has come, in order. */
export type TakeSignals = () => NodeJS.Signals[];

/** Handlers do nothing but make events. Signals that came before are events as well. */
export function listenForSignals(emit: (event: RequestEvent) => void, takeEarlier: TakeSignals): void {
  const receive = (signal: NodeJS.Signals) => {
    const request = REQUESTS[signal];
    if (request) emit(request);
  };
  for (const signal of Object.keys(REQUESTS)) process.on(signal, receive);
  for (const signal of takeEarlier()) receive(signal);
}
