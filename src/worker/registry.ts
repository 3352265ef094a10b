import type { Service } from './services/service.ts';
import { asService } from './services/shapes.ts';
import { watchSignals } from './watched-signals.ts';
import type { Hook, WorkerInfo } from './worker-info.ts';

/** What the application registers through api.ts for runtime.ts to use, and the two abort signals it can watch. */
export interface Registry {
  worker: WorkerInfo;
  readonly fork: Hook[];
  readonly quiet: Hook[];
  readonly stop: Hook[];
  readonly services: Service[];
  /** Services by the value that they drain, so that each value is registered once. */
  readonly drained: WeakMap<object, Service>;
  /** Services found by swarm, not registered by the application, which drains them if it handles SIGTERM. */
  readonly unasked: Set<Service>;
  readonly quieting: AbortController;
  readonly stopping: AbortController;
  /** Whether the application takes part in draining: it registered something, or read one of the abort signals. */
  engaged: boolean;
  /** Whether the application read one of the abort signals. */
  watched: boolean;
  /** Called with each registration. Undefined outside a swarm. */
  listener: ((registered: Registration) => void) | undefined;
}

export type Registration =
  | { kind: 'engaged' }
  | { kind: 'fork' | 'quiet' | 'stop'; hook: Hook }
  | { kind: 'service'; service: Service };

const OUTSIDE: WorkerInfo = { slot: 0, index: 0, count: 1, generation: 0, mode: 'inline' };

/**
 * One registry per process, even if two copies of this package are loaded: the launcher's and the one in the
 * application's node_modules. Increment the number when the shape of the registry changes.
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
  watchSignals(signals, onUse);
  return created;
}

export function registerHook(kind: 'fork' | 'quiet' | 'stop', hook: Hook): void {
  const to = registry();
  to[kind].push(hook);
  if (kind !== 'fork') engage(to);
  to.listener?.({ kind, hook });
}

/** @returns whether the value has the shape of a service, and so is registered */
export function registerService(value: unknown): boolean {
  const to = registry();
  const known = to.drained.get(value as object);
  if (known && !to.unasked.delete(known)) return true;
  const service = known ?? add(value, to);
  if (!service) return false;
  to.listener?.({ kind: 'service', service });
  return true;
}

/** Registers a service that is drained only if the application does not handle SIGTERM itself. */
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
