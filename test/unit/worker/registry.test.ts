import { addAbortListener, EventEmitter, once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { addAbortSignal, PassThrough } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Registration } from '../../../src/worker/registry.ts';
import { freshWorker } from './fresh-worker.ts';

const SIGNALS = ['quietSignal', 'stopSignal'] as const;

describe('the application takes part in draining', () => {
  it.each<[how: string, take: (api: Awaited<ReturnType<typeof freshWorker>>['api']) => void]>([
    ['onQuiet', ({ onQuiet }) => onQuiet(() => {})],
    ['onStop', ({ onStop }) => onStop(() => {})],
    ['drain', ({ drain }) => void drain({ close() {} })],
  ])('as soon as it registers something: %s', async (_how, take) => {
    const { api, registry } = await freshWorker();
    expect(registry.engaged).toBe(false);

    take(api);

    expect(registry.engaged).toBe(true);
  });

  const USES: [how: string, use: (signal: AbortSignal) => unknown][] = [
    ['reads `aborted`', (signal) => signal.aborted],
    ['reads `reason`', (signal) => signal.reason],
    ['calls throwIfAborted()', (signal) => signal.throwIfAborted()],
    ['listens', (signal) => signal.addEventListener('abort', () => {})],
    ['sets `onabort`', (signal) => Object.assign(signal, { onabort: () => {} })],
    ['passes it to AbortSignal.any', (signal) => AbortSignal.any([signal, AbortSignal.timeout(1000)])],
    ['passes it to timers/promises', (signal) => void wait(0, undefined, { signal })],
    ['passes it to events.once', (signal) => void once(new EventEmitter(), 'event', { signal })],
    ['passes it to events.addAbortListener', (signal) => addAbortListener(signal, () => {})],
    ['passes it to a stream', (signal) => addAbortSignal(signal, new PassThrough())],
    ['passes it to node:fs', (signal) => readFile('/dev/null', { signal })],
    ['passes it to fetch', (signal) => fetch('data:,', { signal })],
  ];

  it.each(USES)('as soon as it uses an abort signal: %s', async (_how, use) => {
    for (const name of SIGNALS) {
      const { api, registry } = await freshWorker();

      await use(api[name]);

      expect(registry.engaged).toBe(true);
    }
  });
});

describe('the application does not take part in draining', () => {
  it('if it only imports the signals, or reads which worker it is', async () => {
    const { api, registry } = await freshWorker();

    const { quietSignal, stopSignal, worker } = api;

    expect([typeof quietSignal, typeof stopSignal, worker.index]).toEqual(['object', 'object', 0]);
    expect(registry.engaged).toBe(false);
  });

  it('if it only registers an onFork hook', async () => {
    const { api, registry } = await freshWorker();

    api.onFork(() => {});

    expect(registry.engaged).toBe(false);
  });

  it('if it exports only values that are not services', async () => {
    const { registry, registerService } = await freshWorker();

    expect(registerService({ name: 'jobs' })).toBe(false);

    expect(registry.engaged).toBe(false);
    expect(registry.services).toEqual([]);
  });
});

describe('the signals', () => {
  it.each([
    ['quietSignal', 'quieting'],
    ['stopSignal', 'stopping'],
  ] as const)('%s is an AbortSignal like any other', async (name, controller) => {
    const { api, registry } = await freshWorker();
    const signal = api[name];
    const [listener, once] = [vi.fn(), vi.fn()];
    const removed = vi.fn();
    signal.addEventListener('abort', listener);
    signal.addEventListener('abort', once, { once: true });
    signal.addEventListener('abort', removed);
    signal.removeEventListener('abort', removed);
    expect([signal instanceof AbortSignal, signal.aborted]).toEqual([true, false]);

    registry[controller].abort();

    expect(signal.aborted).toBe(true);
    expect(() => signal.throwIfAborted()).toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect([listener.mock.calls.length, once.mock.calls.length, removed.mock.calls.length]).toEqual([1, 1, 0]);
  });
});

describe('AbortSignal.any', () => {
  const { any } = AbortSignal;
  afterEach(() => {
    AbortSignal.any = any;
  });

  /** Mocks the AbortSignal.any() of Node 26, which reads none of a signal's properties. */
  function leaveNoTrace() {
    AbortSignal.any = (given) => {
      const isSequence = Array.isArray(given) && given.every((source) => source instanceof AbortSignal);
      if (!isSequence) throw new TypeError('in the words of Node');
      return new AbortController().signal;
    };
  }

  it('is not replaced if it reads the properties of its signals', async () => {
    await freshWorker();
    expect(AbortSignal.any).toBe(any);
  });

  it.each([
    ['an array', (signal: AbortSignal) => [signal]],
    ['an iterator, which can be read only once', (signal: AbortSignal) => [signal].values()],
  ])('otherwise detects a signal in %s', async (_what, sequence) => {
    leaveNoTrace();
    const { api, registry } = await freshWorker();
    AbortSignal.any([new AbortController().signal]);
    expect(registry.engaged).toBe(false);

    AbortSignal.any(sequence(api.stopSignal) as AbortSignal[]);

    expect(registry.engaged).toBe(true);
  });

  it.each([[null], [undefined], [7], ['text'], [{}], [[7]]])('otherwise lets Node reject %j', async (given) => {
    leaveNoTrace();
    const { registry } = await freshWorker();

    expect(() => AbortSignal.any(given as never)).toThrow(new TypeError('in the words of Node'));

    expect(registry.engaged).toBe(false);
  });
});

describe('the listener', () => {
  it('is called for each registration, and once when the application first takes part in draining', async () => {
    const { api, registry } = await freshWorker();
    const told: string[] = [];
    registry.listener = ({ kind }: Registration) => told.push(kind);

    api.onFork(() => {});
    api.onStop(() => {});
    api.onQuiet(() => {});
    api.drain({ close() {} });
    void api.stopSignal.aborted;

    expect(told).toEqual(['fork', 'engaged', 'stop', 'quiet', 'service']);
  });

  it('is called once per service, however often it is registered', async () => {
    const { api, registry, registerService } = await freshWorker();
    const service = { close() {} };
    const told = vi.fn();
    api.drain(service);
    registry.listener = told;

    expect(api.drain(service)).toBe(service);
    expect(registerService(service)).toBe(true);

    expect(registry.services).toHaveLength(1);
    expect(told).not.toHaveBeenCalled();
  });
});
