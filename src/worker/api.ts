import { inspect } from 'node:util';
import { registerWarmUp, type WarmUp } from '../loading/warm-ups.ts';
import { type Hook, registerHook, registerService, registry, type WorkerInfo } from './registry.ts';

export type { WarmUp } from '../loading/warm-ups.ts';
export type { Hook, WorkerInfo } from './registry.ts';

/** Which worker this is. In preloaded code, the properties change from one worker to the next. */
export const worker: WorkerInfo = {
  get slot() {
    return registry().worker.slot;
  },
  get index() {
    return registry().worker.index;
  },
  get count() {
    return registry().worker.count;
  },
  get generation() {
    return registry().worker.generation;
  },
  get mode() {
    return registry().worker.mode;
  },
};
// Otherwise console.log(worker) would show "[Getter]", not numbers.
Object.defineProperty(worker, inspect.custom, { value: () => ({ ...worker }) });

/** Aborted when this worker must take no new work. */
export const quietSignal: AbortSignal = registry().quieting.signal;

/** Aborted when this worker must finish its work and leave. */
export const stopSignal: AbortSignal = registry().stopping.signal;

/** Runs `hook` in each worker before it becomes ready. Open connections there that workers must not share. */
export function onFork(hook: Hook): void {
  registerHook('fork', hook);
}

/**
 * Runs `warmUp` before the workers are forked, so that they find the code of their first jobs compiled. That is in fork mode
 * with SWARM_PRELOAD_APP=1, after all modules are loaded; elsewhere, and in a worker, it does nothing. A module can export a
 * function `warmUp` instead.
 *
 * It runs again and again until V8 has compiled its code, for some 2 s. It must open no connection and keep no id: if it
 * throws, has not ended after a quarter of SWARM_BOOT_TIMEOUT, or leaves something behind that workers must not share, the
 * workers start without it, and the log says why.
 *
 * @param warmUp does what a job does, with data of its own; may be async; is called with the number of the round, from 1
 */
export function onWarmUp(warmUp: WarmUp): void {
  registerWarmUp(warmUp);
}

/** Runs `hook` when this worker must take no new work. A stop waits for it. */
export function onQuiet(hook: Hook): void {
  registerHook('quiet', hook);
}

/** Runs `hook` when this worker stops, after its services are drained. The last registered hook runs first. */
export function onStop(hook: Hook): void {
  registerHook('stop', hook);
}

/**
 * Registers something that takes work, or something that such work uses. Quiet pauses what takes work; stop closes it,
 * and waits for that. What the work uses is closed afterwards.
 *
 * @param service a queue worker (of BullMQ, Bull, Bee-Queue, pg-boss, graphile-worker, Agenda), a server (http, http2,
 *   net), a promise that settles when the work is done, such as a loop's, an AsyncDisposable, or anything with a
 *   `close` or `stop` method
 * @returns the same service
 * @throws TypeError if it is none of these
 */
export function drain<Value>(service: Value): Value {
  if (!registerService(service)) {
    throw new TypeError('drain() takes a promise or an object that can be closed: with a close() or stop() method');
  }
  return service;
}

/** The argument of a default-exported function. */
export const context = { worker, quietSignal, stopSignal, onFork, onQuiet, onStop, drain };
export type Context = typeof context;
