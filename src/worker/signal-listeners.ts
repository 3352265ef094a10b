import type { Service } from './services/service.ts';

/**
 * How many listeners the application has for a signal, not counting swarm's one.
 *
 * Nor those that a drained service has installed, to do what its stop has done by now. Nor those of the signal-exit package
 * (part of execa and of many others), which only acts where nobody else listens: with swarm's listener there it leaves the
 * process alone.
 */
export function foreignListeners(signal: NodeJS.Signals, services: readonly Service[]): number {
  const listeners = process.listeners(signal);
  const owned = listeners.filter((listener) => services.some((service) => service.ownsListener?.(listener)));
  return listeners.length - owned.length - 1 - signalExitListeners();
}

interface SignalExit {
  count?: number;
}

/** Copies of signal-exit that are loaded: versions 4 and 3 count themselves, to find out just this. */
function signalExitListeners(): number {
  const v4 = (globalThis as Record<symbol, SignalExit | undefined>)[Symbol.for('signal-exit emitter')];
  const v3 = (process as { __signal_exit_emitter__?: SignalExit }).__signal_exit_emitter__;
  return (v4?.count ?? 0) + (v3?.count ?? 0);
}
