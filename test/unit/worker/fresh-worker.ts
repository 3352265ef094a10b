import { vi } from 'vitest';

/** Loads the worker's modules as in a process that has just started. */
export async function freshWorker() {
  vi.resetModules();
  Reflect.deleteProperty(globalThis, Symbol.for('dyno-swarm.registry.1'));
  const { registry, registerService } = await import('../../../src/worker/registry.ts');
  const api = await import('../../../src/worker/api.ts');
  const { Runtime } = await import('../../../src/worker/runtime.ts');
  const { runWorker } = await import('../../../src/worker/main.ts');
  return { api, registry: registry(), registerService, Runtime, runWorker };
}
