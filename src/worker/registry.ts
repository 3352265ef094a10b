import { replace } from '../node/replace.ts';
import type { Service } from './services/service.ts';
import { asService } from './services/shapes.ts';

/** Which worker this is. Outside a swarm: the only one. */
export interface WorkerInfo {
  /** Position in the swarm, 0 to count − 1. */
  readonly slot: number;
  /** INDEX + slot. The same for every worker that fills this slot. */
  readonly index: number;
  /** Workers in the swarm. */
  readonly count: number;
  /** Counts the releases of preloaded code, from 1; 0 outside a swarm. */
  readonly generation: number;
  readonly mode: 'fork' | 'spawn' | 'inline';
}

export type Hook = () => unknown;

/** What application code has registered, and the two signals it may watch: where api.ts and runtime.ts meet. */
export interface Registry {
  worker: WorkerInfo;
  readonly fork: Hook[];
  readonly quiet: Hook[];
  readonly stop: Hook[];
  readonly services: Service[];
  /** Of which value each of these is the service, to register it once. */
  readonly drained: WeakMap<object, Service>;
  /** Those of them that nobody has asked to have drained. Who handles SIGTERM sees to that without swarm. */
  readonly unasked: Set<Service>;
  readonly quieting: AbortController;
  readonly stopping: AbortController;
  /** The application takes part in draining: it registered something, or looked at one of the signals. */
  engaged: boolean;
  /** It looked at one of the signals. */
  watched: boolean;
  /** The runtime is told of each registration; outside a swarm nobody is. */
  listener: ((registered: Registration) => void) | undefined;
}

export type Registration =
  | { kind: 'engaged' }
  | { kind: 'fork' | 'quiet' | 'stop'; hook: Hook }
  | { kind: 'service'; service: Service };

const OUTSIDE: WorkerInfo = { slot: 0, index: 0, count: 1, generation: 0, mode: 'inline' };

/**
 * There is one registry a process, although two copies of this package may be loaded: the launcher's, and the one in
 * the application's node_modules. The number is that of the registry's shape.
 */
const KEY = Symbol.for('dyno-swarm.registry.1');

export function registry(): Registry {
  const globals = globalThis as { [KEY]?: Registry };
  globals[KEY] ??= newRegistry();
  return globals[KEY];
}

function newRegistry(): Registry {
  const created: Registry = {
    worker: OUTSIDE,
    fork: [],
    quiet: [],
    stop: [],
    services: [],
    drained: new WeakMap(),
    unasked: new Set(),
    quieting: new AbortController(),
    stopping: new AbortController(),
    engaged: false,
    watched: false,
    listener: undefined,
  };
  const signals = [created.quieting.signal, created.stopping.signal];
  const onUse = () => {
    created.watched = true;
    engage(created);
  };
  for (const signal of signals) watchUse(signal, onUse);
  watchAny(signals, onUse);
  return created;
}

export function registerHook(kind: 'fork' | 'quiet' | 'stop', hook: Hook): void {
  const to = registry();
  to[kind].push(hook);
  if (kind !== 'fork') engage(to);
  to.listener?.({ kind, hook });
}

/** Registers what has the shape of a service. Returns whether it has. */
export function registerService(value: unknown): boolean {
  const to = registry();
  const known = to.drained.get(value as object);
  if (known && !to.unasked.delete(known)) return true;
  const service = known ?? add(value, to);
  if (!service) return false;
  to.listener?.({ kind: 'service', service });
  return true;
}

/** The same, unless the application turns out to handle SIGTERM itself. */
export function registerUnasked(value: object): void {
  const to = registry();
  if (to.drained.has(value)) return;
  const service = add(value, to);
  if (!service) return;
  to.unasked.add(service);
  to.listener?.({ kind: 'service', service });
}

function add(value: unknown, to: Registry): Service | undefined {
  const service = asService(value);
  if (!service) return undefined;
  to.drained.set(value as object, service);
  to.services.push(service);
  engage(to);
  return service;
}

function engage(to: Registry): void {
  if (to.engaged) return;
  to.engaged = true;
  to.listener?.({ kind: 'engaged' });
}

/**
 * A worker that never looks at the signals is to die of SIGTERM as plain Node does; one that does look is to be left
 * running. Polling `aborted` leaves no trace on an AbortSignal, so it is watched.
 */
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

/** AbortSignal.any() of Node 26 and later looks at its signals in ways that leave no trace either. */
function watchAny(signals: readonly AbortSignal[], onUse: () => void): void {
  if (anyLeavesTrace()) return;
  type Any = typeof AbortSignal.any;
  replace<Any>(AbortSignal, 'any', (any) => (given) => {
    // What is no sequence is for Node to refuse. Another can be read only once.
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
