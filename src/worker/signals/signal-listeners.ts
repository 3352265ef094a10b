import type { Service } from '../services/service.ts';

/** swarm's own listener. As long as a signal has a listener, it does not end the process. */
export function sentinel(): void {}

/**
 * Whether the application handles a signal.
 *
 * Listeners of a drained service do not count, because they do what its stop() does. Nor do those of the signal-exit
 * package (used by execa and many others), which end the process only if there is no other listener.
 *
 * @param coming number of listeners about to be added
 */
export function isHandled(signal: NodeJS.Signals, services: readonly Service[], coming = 0): boolean {
  const listeners = process.listeners(signal).filter((listener) => listener !== sentinel);
  const owned = listeners.filter((listener) => services.some((service) => service.ownsListener?.(listener)));
  return listeners.length + coming - owned.length > signalExitListeners();
}

interface SignalExit {
  count?: number;
}

/** Counts the listeners of signal-exit 3 and 4. Each keeps a count of its loaded copies for the same purpose. */
function signalExitListeners(): number {
  const v4 = (globalThis as Record<symbol, SignalExit | undefined>)[Symbol.for('signal-exit emitter')];
  const v3 = (process as { __signal_exit_emitter__?: SignalExit }).__signal_exit_emitter__;
  return (v4?.count ?? 0) + (v3?.count ?? 0);
}
