import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { NO_TIMEOUT, type Service } from '../../../../src/worker/services/service.ts';
import { asService } from '../../../../src/worker/services/shapes.ts';
import { deferred, settled } from '../deferred.ts';

function serviceIn(value: unknown): Service {
  const service = asService(value);
  if (!service) throw new Error('the value is not recognized as a service');
  return service;
}

/** Whether a promise is still pending after everything that needs no I/O has happened. */
async function isPending(promise: unknown): Promise<boolean> {
  return Promise.race([Promise.resolve(promise).then(() => false), settled().then(() => true)]);
}

describe('BullMQ’s Worker', () => {
  class Worker extends EventEmitter {
    readonly name = 'mail';
    concurrency = 2;
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
    worker.pause.mockReturnValue(worker.done.promise);

    expect(await isPending(serviceIn(worker).quiet?.())).toBe(false);

    expect(worker.pause.mock.calls).toEqual([[]]);
    expect(worker.close).not.toHaveBeenCalled();
  });

  it('is closed on stop, without force, and awaited', async () => {
    const worker = new Worker();

    const stopped = serviceIn(worker).stop();

    expect(worker.close.mock.calls).toEqual([[]]);
    expect(await isPending(stopped)).toBe(true);
    worker.done.resolve();
    await stopped;
  });

  it('names the running jobs', () => {
    const worker = new Worker();
    const service = serviceIn(worker);
    expect([service.name, service.running?.()]).toEqual(['Worker mail', []]);

    worker.emit('active', { id: '1', name: 'welcome' });
    worker.emit('active', { id: '2', name: 'receipt' });
    expect(service.running?.()).toEqual(['job 1 "welcome"', 'job 2 "receipt"']);

    worker.emit('completed', { id: '1', name: 'welcome' });
    // A stalled job of another worker.
    worker.emit('failed', undefined);
    worker.emit('failed', { id: '2', name: 'receipt' });
    expect(service.running?.()).toEqual([]);
  });

  it('forgets the oldest job if there are more than can run, because its end was missed', () => {
    const worker = new Worker();
    const service = serviceIn(worker);

    for (const id of ['1', '2', '3']) worker.emit('active', { id, name: 'welcome' });

    expect(service.running?.()).toEqual(['job 2 "welcome"', 'job 3 "welcome"']);
  });
});

describe('Bull’s Queue', () => {
  class Queue extends EventEmitter {
    readonly name = 'mail';
    handlers = {};
    readonly pause = vi.fn(async (_isLocal?: boolean, _doNotWait?: boolean) => {});
    readonly close = vi.fn(async () => {});
    process(): void {
      this.handlers = { __default__() {} };
    }
    async whenCurrentJobsFinished(): Promise<void> {}
    async isReady(): Promise<void> {}
  }

  it('is paused only in this process, without waiting', async () => {
    const queue = new Queue();
    const service = serviceIn(queue);
    // Called after registration, which is as likely as before.
    queue.process();

    await service.quiet?.();

    expect(queue.pause.mock.calls).toEqual([[true, true]]);
    expect(service.takesWork).toBe(true);
  });

  it('is only closed if it just adds jobs', async () => {
    const queue = new Queue();
    const service = serviceIn(queue);

    await service.quiet?.();
    await service.stop();

    expect(service.takesWork).toBe(false);
    expect(queue.pause).not.toHaveBeenCalled();
    expect(queue.close).toHaveBeenCalledTimes(1);
  });

  it('names the running jobs, and leaves their failures to Bull', async () => {
    const queue = new Queue();
    const service = serviceIn(queue);
    const { promise, resolve } = deferred();

    queue.emit('active', { id: '1', name: '__default__' }, promise);
    queue.emit('active', { id: '2', name: 'receipt' }, Promise.reject(new Error('no such address')));
    expect(service.running?.()).toEqual(['job 1', 'job 2 "receipt"']);
    resolve();
    await settled();

    expect(service.running?.()).toEqual([]);
  });
});

describe('Bee-Queue’s Queue', () => {
  class Queue {
    readonly name = 'mail';
    handler: unknown;
    readonly activeJobs = new Set([1]);
    readonly close = vi.fn(async (_timeout: number) => {});
    process(): void {
      this.handler = () => {};
    }
    checkHealth(): void {}
    createJob(): void {}
  }

  it('is closed on quiet, with a longer timeout than any stop', () => {
    const queue = new Queue();
    queue.process();
    const service = serviceIn(queue);

    service.quiet?.();

    expect(queue.close.mock.calls).toEqual([[NO_TIMEOUT]]);
    expect(service.running?.()).toEqual(['a job']);
  });

  it('is not closed before the stop if it just adds jobs', () => {
    const queue = new Queue();
    const service = serviceIn(queue);

    service.quiet?.();
    expect(queue.close).not.toHaveBeenCalled();
    service.stop();

    expect(queue.close.mock.calls).toEqual([[NO_TIMEOUT]]);
    expect(service.takesWork).toBe(false);
  });
});

describe('PgBoss', () => {
  class PgBoss {
    readonly done = deferred();
    readonly database = { isOurs: true, opened: true, close: vi.fn(async () => {}) };
    readonly stop = vi.fn((_options: object) => this.done.promise);
    work(): void {}
    offWork(): void {}
    fetch(): void {}
    getDb(): object {
      return this.database;
    }
  }

  it('gets a longer timeout for its jobs than any stop, and keeps its connections until the stop', async () => {
    const boss = new PgBoss();
    const service = serviceIn(boss);

    expect(await isPending(service.quiet?.())).toBe(false);
    expect(boss.stop.mock.calls).toEqual([[{ graceful: true, close: false, timeout: NO_TIMEOUT }]]);
    const stopped = service.stop();
    expect(await isPending(stopped)).toBe(true);
    expect(boss.database.close).not.toHaveBeenCalled();
    boss.done.resolve();
    await stopped;

    expect(boss.stop).toHaveBeenCalledTimes(1);
    expect(boss.database.close).toHaveBeenCalledTimes(1);
  });

  it("does not close the application's database connection", async () => {
    const boss = new PgBoss();
    boss.database.isOurs = false;
    boss.done.resolve();

    await serviceIn(boss).stop();

    expect(boss.database.close).not.toHaveBeenCalled();
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

  it('is closed, but never paused, which would stop it for every worker everywhere', async () => {
    const queue = new Queue();
    const service = serviceIn(queue);

    await service.quiet?.();
    await service.stop();

    expect(queue.pause).not.toHaveBeenCalled();
    expect(queue.close).toHaveBeenCalledTimes(1);
  });
});

describe('anything that can be stopped', () => {
  /** Records which methods were called, and that they were called with the right `this`. */
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
    ['stop(), if there is no close()', new Stoppable(), 'stop'],
  ])('is stopped by calling only %s, and awaited', async (_how, value, call) => {
    const service = serviceIn(value);

    await service.quiet?.();
    expect(value.calls).toEqual([]);
    expect(await service.stop()).toBe(call);
    expect(value.calls).toEqual([call]);
  });

  it.each([
    ['an object with stop()', new Stoppable(), true],
    ['an object that can only be closed', { close() {} }, false],
    ['an object that can only be disposed of', { [Symbol.asyncDispose]() {} }, false],
  ])('takes work only if it has stop(): %s', (_what, value, takesWork) => {
    expect(serviceIn(value).takesWork).toBe(takesWork);
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
  it('is awaited on stop', async () => {
    const { promise, resolve } = deferred();
    const service = serviceIn(promise);

    expect(await isPending(service.quiet?.())).toBe(false);
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

describe('any other value', () => {
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
  ])('is not recognized as a service: %o', (value) => {
    expect(asService(value)).toBeUndefined();
  });
});
