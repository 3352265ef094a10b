/**
 * Does what a job does, so that workers find the code compiled. Runs several times, for some 2 s. If it returns a promise, that
 * is waited for.
 *
 * @param round which time this is, from 1
 */
export type WarmUp = (round: number) => unknown;

/** One list per process, although two copies of this package may be loaded: see registry.ts. */
const KEY = Symbol.for('dyno-swarm.warm-ups.1');
const globals = globalThis as { [KEY]?: WarmUp[] | undefined };

/** From now on, warm-ups that modules register are kept. Only molds do so. */
export function keepWarmUps(): void {
  globals[KEY] ??= [];
}

/** Does nothing in a process that keeps none. */
export function registerWarmUp(warmUp: WarmUp): void {
  globals[KEY]?.push(warmUp);
}

/**
 * Takes the warm-ups that were registered. From now on, registering does nothing.
 *
 * @returns undefined if this process keeps none, or they were taken before
 */
export function takeWarmUps(): WarmUp[] | undefined {
  const taken = globals[KEY];
  delete globals[KEY];
  return taken;
}

/** The warm-up that a module exports. */
export function exportedWarmUp({ warmUp }: { readonly warmUp?: unknown }): WarmUp | undefined {
  return typeof warmUp === 'function' ? (warmUp as WarmUp) : undefined;
}
