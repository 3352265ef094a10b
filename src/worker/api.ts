import { inspect } from 'node:util';
import { registerWarmUp, type WarmUp } from '../loading/warm-ups.ts';
import { registerHook, registerService, registry } from './registry.ts';
import type { Hook, WorkerInfo } from './worker-info.ts';

export type { WarmUp } from '../loading/warm-ups.ts';
export type { Hook, WorkerInfo } from './worker-info.ts';

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

/** Aborted when this worker must take no new work: when it is quieted, or stopped. */
export const quietSignal: AbortSignal = registry().quieting.signal;

/**
 * Aborted when this worker must finish its work and leave. From then on it has SWARM_TIMEOUT seconds, 25 by default, before it
 * is killed; after SIGUSR2 it has all the time that it needs.
 */
export const stopSignal: AbortSignal = registry().stopping.signal;

/**
 * Runs `hook` in each worker, before it is ready: after the modules are loaded, and before their default exports are called. Open
 * connections there that workers must not share. If it throws, the worker has failed to start.
 */
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

/** Runs `hook` once, when this worker must take no new work: when it is quieted, or stopped. A stop waits for it. */
export function onQuiet(hook: Hook): void {
  registerHook('quiet', hook);
}

/**
 * Runs `hook` once, when this worker stops, after its services are drained. The last registered hook runs first. The worker exits
 * when all have returned, or is killed SWARM_TIMEOUT seconds (25 by default) after the stop began.
 */
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
 * @example drain(new Worker('mail', deliver, { connection }))
 */
export function drain<Value>(service: Value): Value {
  if (!registerService(service)) {
    throw new TypeError('drain() takes a promise or an object that can be closed: with a close() or stop() method');
  }
  return service;
}

/** The argument of a default-exported function. All of it can be imported as well. */
export interface Context {
  /** Which worker this is: `slot`, `index`, `count`, `generation`, `mode`. */
  readonly worker: WorkerInfo;
  /** Aborted when this worker must take no new work: when it is quieted, or stopped. */
  readonly quietSignal: AbortSignal;
  /** Aborted when this worker must finish its work and leave, within SWARM_TIMEOUT seconds (25 by default). */
  readonly stopSignal: AbortSignal;
  /** Runs a function before this worker is ready, when all default exports have been called. */
  readonly onFork: typeof onFork;
  /** Runs a function once, when this worker must take no new work. A stop waits for it. */
  readonly onQuiet: typeof onQuiet;
  /** Runs a function once, when this worker stops, after its services are drained. The last registered one runs first. */
  readonly onStop: typeof onStop;
  /** Registers a service, or the promise of a loop: quiet pauses it, stop closes it and waits. Returns the same. */
  readonly drain: typeof drain;
}

export const context: Context = { worker, quietSignal, stopSignal, onFork, onQuiet, onStop, drain };
