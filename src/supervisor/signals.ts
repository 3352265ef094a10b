import type { RequestEvent } from './events.ts';

/** What each signal to the supervisor asks for. SIGCHLD is Node's. */
const REQUESTS: Partial<Record<NodeJS.Signals, RequestEvent | undefined>> = {
  SIGTERM: { type: 'stop', signal: 'SIGTERM' },
  SIGINT: { type: 'interrupt' },
  SIGUSR1: { type: 'quiet', signal: 'SIGUSR1' },
  SIGTSTP: { type: 'quiet', signal: 'SIGTSTP' },
  SIGUSR2: { type: 'reload', signal: 'SIGUSR2' },
  SIGHUP: { type: 'reload', signal: 'SIGHUP' },
  // Listened to, so that it does not suspend, and nothing else.
  SIGTTIN: undefined,
};

/** Handlers do nothing but make events. */
export function listenForSignals(emit: (event: RequestEvent) => void): void {
  for (const [signal, request] of Object.entries(REQUESTS)) {
    process.on(signal, () => {
      if (request) emit(request);
    });
  }
}
