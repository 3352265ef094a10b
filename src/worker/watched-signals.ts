import { replaceMethod } from '../node/replace.ts';

/**
 * Tells when the application looks at one of these signals. A worker whose application never does dies of SIGTERM, as plain
 * Node would.
 */
export function watchSignals(signals: readonly AbortSignal[], onUse: () => void): void {
  for (const signal of signals) watchUse(signal, onUse);
  watchAny(signals, onUse);
}

/** Polling `aborted` leaves no trace on an AbortSignal, so its properties are replaced. */
function watchUse(signal: AbortSignal, onUse: () => void): void {
  Object.defineProperties(signal, {
    aborted: {
      get: () => {
        onUse();
        return Reflect.get(AbortSignal.prototype, 'aborted', signal);
      },
    },
    reason: {
      get: () => {
        onUse();
        return Reflect.get(AbortSignal.prototype, 'reason', signal);
      },
    },
    throwIfAborted: {
      value: () => {
        onUse();
        AbortSignal.prototype.throwIfAborted.call(signal);
      },
    },
    addEventListener: {
      value: (...args: Parameters<AbortSignal['addEventListener']>) => {
        onUse();
        AbortSignal.prototype.addEventListener.apply(signal, args);
      },
    },
  });
}

/** From Node 26 on, AbortSignal.any() reads its signals without these properties. */
function watchAny(signals: readonly AbortSignal[], onUse: () => void): void {
  if (anyLeavesTrace()) return;
  type Any = typeof AbortSignal.any;
  replaceMethod<Any>(AbortSignal, 'any', (any) => (given) => {
    // An iterator can be read only once. Node itself refuses what is no sequence.
    const sources = isSequence(given) ? [...given] : given;
    const result = any(sources);
    if (signals.some((signal) => (sources as AbortSignal[]).includes(signal))) onUse();
    return result;
  });
}

function anyLeavesTrace(): boolean {
  let isSeen = false;
  const { signal } = new AbortController();
  watchUse(signal, () => {
    isSeen = true;
  });
  AbortSignal.any([signal]);
  return isSeen;
}

function isSequence(given: unknown): boolean {
  const isObject = (typeof given === 'object' && given !== null) || typeof given === 'function';
  return isObject && typeof Reflect.get(given, Symbol.iterator) === 'function';
}
