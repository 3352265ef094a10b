import { describe, expect, it, vi } from 'vitest';
import { asService, type Service } from '../../../src/worker/services.ts';
import { deferred, settled } from './deferred.ts';

function serviceIn(value: unknown): Service {
  const service = asService(value);
  if (!service) throw new Error('this is not taken for a service');
  return service;
}

/** Whether a promise is still pending when everything has happened that needs no I/O. */
async function isPending(promise: unknown): Promise<boolean> {
  return Promise.race([Promise.resolve(promise).then(() => false), settled().then(() => true)]);
}

describe('BullMQ’s Worker', () => {
  class Worker {
    readonly done = deferred();
    readonly pause = vi.fn(async (_doNotWait?: boolean) => {});
    readonly close = vi.fn((_force?: boolean) => this.done.promise);
    run(): void {}
    isRunning(): boolean {
      return true;
    }
  }

  it('is paused on quiet, without waiting for its jobs', async () => {
    const worker = new Worker();

    await serviceIn(worker).quiet();

    expect(worker.pause.mock.calls).toEqual([[true]]);
    expect(worker.close).not.toHaveBeenCalled();
  });

  it('is closed on stop, not by force, and waited for', async () => {
    const worker = new Worker();

    const stopped = serviceIn(worker).stop();

    expect(worker.close.mock.calls).toEqual([[]]);
    expect(await isPending(stopped)).toBe(true);
    worker.done.resolve();
    await stopped;
  });
});

describe('BullMQ’s Queue', () => {
  class Queue {
    readonly pause = vi.fn(async () => {});
    readonly close = vi.fn(async () => {});
    async isPaused(): Promise<boolean> {
      return false;
    }
  }

  it('is never paused, which would stop it for every worker everywhere, but closed', async () => {
    const queue = new Queue();
    const service = serviceIn(queue);

    await service.quiet();
    await service.stop();

    expect(queue.pause).not.toHaveBeenCalled();
    expect(queue.close).toHaveBeenCalledTimes(1);
  });
});

describe('anything that can be stopped', () => {
  /** Notes which of its methods were called, and on what. */
  class Base {
    readonly calls: string[] = [];
    protected async note(name: string): Promise<string> {
      this.calls.push(name);
      return name;
    }
  }
  class Disposable extends Base {
    [Symbol.asyncDispose] = () => this.note('dispose');
    close = () => this.note('close');
    stop = () => this.note('stop');
  }
  class Closable extends Base {
    close(): Promise<string> {
      return this.note('close');
    }
    stop(): Promise<string> {
      return this.note('stop');
    }
    pause(): Promise<string> {
      return this.note('pause');
    }
  }
  class Stoppable extends Base {
    stop(): Promise<string> {
      return this.note('stop');
    }
  }

  it.each([
    ['its asyncDispose', new Disposable(), 'dispose'],
    ['close()', new Closable(), 'close'],
    ['stop(), where there is no close()', new Stoppable(), 'stop'],
  ])('is stopped by %s alone, and waited for', async (_how, value, call) => {
    const service = serviceIn(value);

    await service.quiet();
    expect(value.calls).toEqual([]);
    expect(await service.stop()).toBe(call);
    expect(value.calls).toEqual([call]);
  });

  it('passes its failure on', async () => {
    const close = async () => {
      throw new Error('cannot close');
    };

    await expect(serviceIn({ close }).stop()).rejects.toThrow('cannot close');
  });

  it.each([
    [new Closable(), 'Closable'],
    [{ stop() {} }, 'Object'],
    [Object.assign(Object.create(null), { stop() {} }), 'object'],
    [Promise.resolve(), 'a promise'],
  ])('has a name for the log: %o is %s', (value, name) => {
    expect(serviceIn(value).name).toBe(name);
  });
});

describe('a promise', () => {
  it('is waited for on stop', async () => {
    const { promise, resolve } = deferred();
    const service = serviceIn(promise);

    expect(await isPending(service.quiet())).toBe(false);
    const stopped = service.stop();
    expect(await isPending(stopped)).toBe(true);
    resolve();
    await stopped;
  });

  it('passes its failure on', async () => {
    const loop = Promise.reject(new Error('the loop broke'));

    await expect(serviceIn(loop).stop()).rejects.toThrow('the loop broke');
  });
});

describe('what is no service', () => {
  it.each([
    undefined,
    null,
    true,
    0,
    'close',
    Symbol.asyncDispose,
    {},
    [],
    { close: true, stop: 'now' },
    new Map(),
    new Date(),
    { pause() {}, run() {}, isRunning() {} },
    { quit() {}, end() {}, disconnect() {} },
    { [Symbol.dispose ?? 'dispose']() {} },
    () => {},
    Object.assign(() => {}, { close() {} }),
    Object.assign(class {}, { close() {} }),
  ])('is not taken for one: %o', (value) => {
    expect(asService(value)).toBeUndefined();
  });
});
