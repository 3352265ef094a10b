import { describe, expect, it, vi } from 'vitest';
import { freshWorker } from './fresh-worker.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGTSTP', 'SIGUSR1', 'SIGUSR2', 'SIGTTIN'] as const;

describe('drain', () => {
  it.each([
    ['an object with close()', { close() {} }],
    ['an object with stop()', { stop() {} }],
    ['a promise', Promise.resolve()],
  ])('registers %s, and returns it', async (_kind, value) => {
    const { api, registry } = await freshWorker();

    expect(api.drain(value)).toBe(value);

    expect(registry.services).toHaveLength(1);
  });

  it.each([undefined, null, 'jobs', 7, {}, [], () => {}, class {}])(
    'throws a TypeError for a value that cannot be closed: %o',
    async (value) => {
      const { api, registry } = await freshWorker();

      expect(() => api.drain(value)).toThrow(TypeError);
      expect(() => api.drain(value)).toThrow(/close\(\) or stop\(\)/);

      expect(registry.services).toEqual([]);
      expect(registry.engaged).toBe(false);
    },
  );
});

describe('worker', () => {
  it('is the only one outside a swarm', async () => {
    const { api } = await freshWorker();

    expect({ ...api.worker }).toEqual({ slot: 0, index: 0, count: 1, generation: 0, mode: 'inline' });
  });

  it('changes with the assignment, even for code that already holds a reference', async () => {
    const { api, registry } = await freshWorker();
    const { worker } = api;

    registry.worker = { slot: 1, index: 5, count: 4, generation: 2, mode: 'spawn' };

    expect({ ...worker }).toEqual({ slot: 1, index: 5, count: 4, generation: 2, mode: 'spawn' });
    expect(JSON.stringify(worker)).toBe('{"slot":1,"index":5,"count":4,"generation":2,"mode":"spawn"}');
  });

  it('cannot be changed by the application', async () => {
    const { api } = await freshWorker();

    expect(() => Object.assign(api.worker, { index: 1 })).toThrow(TypeError);
  });
});

describe('outside a swarm', () => {
  it('the API does nothing', async () => {
    const listeners = SIGNALS.map((signal) => process.listenerCount(signal));
    const { api } = await freshWorker();
    const called = vi.fn();

    api.onFork(called);
    api.onQuiet(called);
    api.onStop(called);
    api.onWarmUp(called);
    api.drain({ close: called });
    api.quietSignal.addEventListener('abort', called);

    expect(api.stopSignal.aborted).toBe(false);
    expect(called).not.toHaveBeenCalled();
    expect(SIGNALS.map((signal) => process.listenerCount(signal))).toEqual(listeners);
  });
});

describe('the public module', () => {
  it('exports exactly the documented names', async () => {
    const names = Object.keys(await import('../../../src/index.ts'));

    expect(names.sort()).toEqual([
      'drain',
      'onFork',
      'onQuiet',
      'onStop',
      'onWarmUp',
      'quietSignal',
      'stopSignal',
      'worker',
    ]);
  });

  it('shares one registry with another copy of the package in the process', async () => {
    const { api: launcher, registry } = await freshWorker();
    vi.resetModules();
    const application = await import('../../../src/index.ts');
    expect(application.drain).not.toBe(launcher.drain);

    application.drain({ close() {} });
    application.onStop(() => {});
    registry.worker = { slot: 1, index: 5, count: 4, generation: 2, mode: 'spawn' };
    registry.stopping.abort();

    expect([registry.services.length, registry.stop.length]).toEqual([1, 1]);
    expect(application.worker.index).toBe(5);
    expect(application.stopSignal).toBe(launcher.stopSignal);
    expect(application.stopSignal.aborted).toBe(true);
  });
});
