/**
 * Does what a job does, so that workers find the code compiled. swarm calls it repeatedly, for up to about 2 s, and
 * awaits what it returns.
 *
 * @param round the number of this call, from 1
 */
export type WarmUp = (round: number) => unknown;

/** One list per process, even if two copies of this package are loaded: see registry.ts. */
const KEY = Symbol.for('dyno-swarm.warm-ups.1');
const globals = globalThis as { [KEY]?: WarmUp[] | undefined };

/** Keeps the warm-ups that modules register from now on. Only molds and examiners do so. */
export function keepWarmUps(): void {
  globals[KEY] ??= [];
}

/** Registers a warm-up, or does nothing in a process that keeps none. */
export function registerWarmUp(warmUp: WarmUp): void {
  globals[KEY]?.push(warmUp);
}

/**
 * Takes the registered warm-ups. From now on, registering does nothing.
 *
 * @returns undefined if this process keeps none, or if they have been taken
 */
export function takeWarmUps(): WarmUp[] | undefined {
  const taken = globals[KEY];
  delete globals[KEY];
  return taken;
}

/** Returns the warm-up that a module exports. */
export function exportedWarmUp({ warmUp }: { readonly warmUp?: unknown }): WarmUp | undefined {
  return typeof warmUp === 'function' ? (warmUp as WarmUp) : undefined;
}
