import { inspect } from 'node:util';
import { registerWarmUp, type WarmUp } from '../loading/warm-ups.ts';
import { registerHook, registerService, registry } from './registry.ts';
import type { Hook, WorkerInfo } from './worker-info.ts';

export type { WarmUp } from '../loading/warm-ups.ts';
export type { Hook, WorkerInfo } from './worker-info.ts';

/** Identifies this worker. In preloaded code, the properties differ from one worker to the next. */
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

/** Aborted when this worker must take no new work, because it was quieted or stopped. */
export const quietSignal: AbortSignal = registry().quieting.signal;

/**
 * Aborted when this worker must finish its work and exit. After SWARM_TIMEOUT seconds (25 by default), swarm kills it;
 * after SIGUSR2 there is no such deadline.
 */
export const stopSignal: AbortSignal = registry().stopping.signal;

/**
 * Runs `hook` in each worker before it is ready: after the modules are loaded, and before their default exports are
 * called. Use it to open connections that workers must not share. If it throws, the worker fails to start.
 */
export function onFork(hook: Hook): void {
  registerHook('fork', hook);
}

/**
 * Runs `warmUp` before the workers are forked, so that the code of their first jobs is already compiled. It runs only
 * in fork mode with SWARM_PRELOAD_APP=1, after all modules are loaded. Registered in a worker, it never runs. A module
 * can export a function named `warmUp` instead.
 *
 * swarm calls it repeatedly for about 2 s, until V8 has compiled its code. It must open no connection and keep no id.
 * If it throws, is still running after a quarter of SWARM_BOOT_TIMEOUT, or leaves something behind that workers must
 * not share, the workers start without it, and the log says why.
 *
 * @param warmUp does what a job does, with sample data; can be async; receives the number of the round, from 1
 */
export function onWarmUp(warmUp: WarmUp): void {
  registerWarmUp(warmUp);
}

/** Runs `hook` once, when this worker is quieted or stopped and must take no new work. A stop waits for it. */
export function onQuiet(hook: Hook): void {
  registerHook('quiet', hook);
}

/**
 * Runs `hook` once, when this worker stops, after its services are drained. The last registered hook runs first. The
 * worker exits when all hooks have finished. If that takes more than SWARM_TIMEOUT seconds (25 by default) from the
 * start of the stop, swarm kills it.
 */
export function onStop(hook: Hook): void {
  registerHook('stop', hook);
}

/**
 * Registers a service that takes work, or a resource that such work uses. Quiet pauses the services that take work.
 * Stop closes them and waits until they have finished; then it closes the resources.
 *
 * @param service a queue worker (of BullMQ, Bull, Bee-Queue, pg-boss, graphile-worker, Agenda), a server (http, http2,
 *   net), a promise that settles when the work is done, such as that of a loop, an AsyncDisposable, or anything with a
 *   `close` or `stop` method
 * @returns the same value
 * @throws TypeError if it is none of these
 * @example drain(new Worker('mail', deliver, { connection }))
 */
export function drain<Value>(service: Value): Value {
  if (!registerService(service)) {
    throw new TypeError('drain() takes a promise or an object that can be closed: with a close() or stop() method');
  }
  return service;
}

/** The argument of a default-exported function. Its members can also be imported. */
export interface Context {
  /** Identifies this worker: `slot`, `index`, `count`, `generation`, `mode`. */
  readonly worker: WorkerInfo;
  /** Aborted when this worker must take no new work, because it was quieted or stopped. */
  readonly quietSignal: AbortSignal;
  /** Aborted when this worker must finish its work and exit, within SWARM_TIMEOUT seconds (25 by default). */
  readonly stopSignal: AbortSignal;
  /** Runs a function before this worker is ready, after all default exports were called. */
  readonly onFork: typeof onFork;
  /** Runs a function once, when this worker must take no new work. A stop waits for it. */
  readonly onQuiet: typeof onQuiet;
  /**
   * Runs a function once, when this worker stops, after its services are drained. The last one registered runs first.
   */
  readonly onStop: typeof onStop;
  /** Registers a service or the promise of a loop: quiet pauses it, stop closes it and waits. Returns its argument. */
  readonly drain: typeof drain;
}

export const context: Context = { worker, quietSignal, stopSignal, onFork, onQuiet, onStop, drain };
