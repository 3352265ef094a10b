import type { RequestEvent } from './events.ts';

/** What each signal to the supervisor asks for. SIGCHLD is Node's. */
const REQUESTS: Partial<Record<NodeJS.Signals, RequestEvent | undefined>> = {
  SIGTERM: { type: 'stop', by: 'SIGTERM' },
  SIGINT: { type: 'interrupt' },
  SIGUSR1: { type: 'quiet', by: 'SIGUSR1' },
  SIGTSTP: { type: 'quiet', by: 'SIGTSTP' },
  SIGUSR2: { type: 'reload', by: 'SIGUSR2' },
  SIGHUP: { type: 'reload', by: 'SIGHUP' },
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
