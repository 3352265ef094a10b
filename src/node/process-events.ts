import { replaceMethod } from './replace.ts';

type Arguments = readonly unknown[];
type Emit = (event: string | symbol, ...args: Arguments) => boolean;

/** @param next passes the event to its listeners */
type Interceptor = (next: () => boolean) => boolean;

const interceptors = new Map<string | symbol, Interceptor>();
let emitDirectly: Emit | undefined;

/**
 * Intercepts an event of `process` before its listeners, whenever they are added. There can be one interceptor per
 * event.
 */
export function intercept(event: string, interceptor: Interceptor): void {
  emitDirectly ??= patchEmit();
  interceptors.set(event, interceptor);
  rebind(event);
}

/** Emits an event without its interceptor. */
export function emitPast(event: string, ...args: Arguments): boolean {
  return Reflect.apply(emitDirectly ?? process.emit, process, [event, ...args]);
}

/**
 * Patches `emit`, so that every event of `process` passes through it, even Node's. A package can patch it once more,
 * and call this one.
 */
function patchEmit(): Emit {
  return replaceMethod<Emit>(process, 'emit', (original) => {
    return function emit(this: NodeJS.Process, ...args: Parameters<Emit>): boolean {
      const next = () => Reflect.apply(original, this, args);
      return interceptors.get(args[0])?.(next) ?? next();
    };
  });
}

/** Node binds `process.emit` to a signal when its first listener is added, which may have happened before the patch. */
function rebind(event: string): void {
  if (!event.startsWith('SIG')) return;
  const listeners = process.rawListeners(event as NodeJS.Signals) as NodeJS.SignalsListener[];
  process.removeAllListeners(event);
  for (const listener of listeners) process.on(event as NodeJS.Signals, listener);
}
