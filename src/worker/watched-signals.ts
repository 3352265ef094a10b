import { replaceMethod } from '../node/replace.ts';

/**
 * Calls `onUse` when the application reads one of these abort signals. If it never does, its worker dies of SIGTERM, as
 * in plain Node.
 */
export function watchSignals(signals: readonly AbortSignal[], onUse: () => void): void {
  for (const signal of signals) watchUse(signal, onUse);
  watchAny(signals, onUse);
}

/** Replaces the properties of the signal, because polling `aborted` leaves no trace on an AbortSignal. */
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

/** Wraps AbortSignal.any(), which from Node 26 on bypasses these properties. */
function watchAny(signals: readonly AbortSignal[], onUse: () => void): void {
  if (anyLeavesTrace()) return;
  type Any = typeof AbortSignal.any;
  replaceMethod<Any>(AbortSignal, 'any', (any) => (given) => {
    // An iterator can be read only once. Node rejects anything that is not a sequence.
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
