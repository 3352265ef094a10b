import { replaceMethod } from './replace.ts';

type Arguments = readonly unknown[];
type Emit = (event: string | symbol, ...args: Arguments) => boolean;

/** @param next passes the event to its listeners */
type Interceptor = (next: () => boolean) => boolean;

const interceptors = new Map<string | symbol, Interceptor>();
let emitDirectly: Emit | undefined;

/**
 * Stands between an event of `process` and its listeners, whenever they were or will be added. One interceptor per
 * event.
 */
export function intercept(event: string, interceptor: Interceptor): void {
  emitDirectly ??= patchEmit();
  interceptors.set(event, interceptor);
  rebind(event);
}

/** Emits an event past its interceptor. */
export function emitPast(event: string, ...args: Arguments): boolean {
  return Reflect.apply(emitDirectly ?? process.emit, process, [event, ...args]);
}

/**
 * Everything emitted on `process` passes through here, even by Node. Packages may replace `emit` in turn, and call it.
 */
function patchEmit(): Emit {
  return replaceMethod<Emit>(process, 'emit', (original) => {
    return function emit(this: NodeJS.Process, ...args: Parameters<Emit>): boolean {
      const next = () => Reflect.apply(original, this, args);
      return interceptors.get(args[0])?.(next) ?? next();
    };
  });
}

/** Node binds `process.emit` to a signal when its first listener is added. That may have happened before the patch. */
function rebind(event: string): void {
  if (!event.startsWith('SIG')) return;
  const listeners = process.rawListeners(event as NodeJS.Signals) as NodeJS.SignalsListener[];
  process.removeAllListeners(event);
  for (const listener of listeners) process.on(event as NodeJS.Signals, listener);
}
