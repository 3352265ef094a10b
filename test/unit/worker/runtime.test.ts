import { describe, expect, it, vi } from 'vitest';
import { deferred, settled } from './deferred.ts';
import { ASSIGNMENT } from './fake-link.ts';
import { idleWorker } from './started-worker.ts';

describe('a starting worker', () => {
  it('is online when it can be signalled, then ready, and then sends heartbeats', async () => {
    const { runtime, link, fake } = await idleWorker();
    vi.useFakeTimers();

    runtime.start();
    expect(link.sent).toEqual([{ type: 'online', workerId: 17 }]);
    expect(fake.listeners('SIGTSTP')).toBe(1);

    runtime.ready();
    expect(link.sent.slice(1).map(({ type }) => type)).toEqual(['ready', 'heartbeat']);

    vi.advanceTimersByTime(3 * ASSIGNMENT.heartbeat);
    expect(link.of('heartbeat')).toHaveLength(4);
  });

  it('handles signals that would suspend it, end it or open an inspector, but not TERM and INT', async () => {
    const { runtime, fake } = await idleWorker();

    runtime.start();

    for (const signal of ['SIGTSTP', 'SIGUSR1', 'SIGUSR2', 'SIGTTIN'] as const) expect(fake.listeners(signal)).toBe(1);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) expect(fake.listeners(signal)).toBe(0);
  });

  it.each([
    ['before it started', true],
    ['after it started', false],
  ])('handles TERM and INT once the application takes part in draining, %s', async (_when, early) => {
    const { runtime, fake, api } = await idleWorker();
    if (early) void api.stopSignal.aborted;

    runtime.start();
    void api.stopSignal.aborted;
    api.drain({ close() {} });

    for (const signal of ['SIGTERM', 'SIGINT'] as const) expect(fake.listeners(signal)).toBe(1);
  });
});

describe('the report of a stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('is sent once, with a deadline, however often %s arrives', async (signal) => {
    const { runtime, fake, link, api } = await idleWorker();
    api.drain(deferred().promise);
    runtime.start();
    runtime.ready();

    for (let times = 0; times < 3; times += 1) fake.signal(signal);

    expect(link.of('stopping')).toEqual([{ type: 'stopping', workerId: 17, limited: true }]);
  });

  it('is sent again when TERM sets a deadline for a stop that USR2 began without one', async () => {
    const { runtime, fake, link, api } = await idleWorker();
    api.drain(deferred().promise);
    runtime.start();

    for (const signal of ['SIGUSR2', 'SIGUSR2', 'SIGTERM', 'SIGTERM', 'SIGUSR2'] as const) fake.signal(signal);

    expect(link.of('stopping').map(({ limited }) => limited)).toEqual([false, true]);
  });

  it('is not sent again when USR2 follows TERM, because the deadline stays', async () => {
    const { runtime, fake, link, api } = await idleWorker();
    api.drain(deferred().promise);
    runtime.start();

    for (const signal of ['SIGTERM', 'SIGUSR2'] as const) fake.signal(signal);

    expect(link.of('stopping').map(({ limited }) => limited)).toEqual([true]);
  });

  it('is followed by heartbeats that name what the worker waits for', async () => {
    const { runtime, fake, link, api } = await idleWorker();
    class MailWorker {
      close = () => deferred().promise;
    }
    api.onQuiet(() => {});
    api.drain(new MailWorker());
    runtime.start();
    vi.useFakeTimers({ toFake: ['setInterval'] });

    fake.signal('SIGTERM');
    await settled();
    vi.advanceTimersByTime(ASSIGNMENT.heartbeat);

    expect(link.of('heartbeat').at(-1)?.busy).toMatch(/^MailWorker to close/);
  });

  it('names running jobs first, ten of each service, and omits what else keeps the event loop alive', async () => {
    const { runtime, fake, link, registry } = await idleWorker();
    const stop = () => deferred().promise;
    const manyJobs = Array.from({ length: 12 }, (_, job) => `job ${job}`);
    registry.services.push(
      { name: 'Worker mail', takesWork: true, stop, running: () => ['job 42 "welcome"'] },
      { name: 'Worker fax', takesWork: true, stop, running: () => [] },
      { name: 'Worker post', takesWork: true, stop, running: () => manyJobs },
    );
    runtime.start();

    runtime.stop();
    await settled();
    fake.signal('SIGTTIN');

    const { busy } = link.of('heartbeat').at(-1) ?? {};
    expect(busy).toBe(
      'Worker mail: job 42 "welcome", Worker post: job 0, job 1, job 2, job 3, job 4, job 5, job 6, job 7, job 8, job 9 ' +
        'and 2 more, Worker fax to close',
    );
    expect(link.of('snapshot')[0]?.snapshot).toContain(`busy with ${busy};`);
  });

  it('survives a library that does not fit its shape', async () => {
    const { runtime, link, registry } = await idleWorker();
    const running = () => {
      throw new Error('there is no such property');
    };
    registry.services.push({ name: 'Worker mail', takesWork: true, stop: () => deferred().promise, running });
    runtime.start();

    runtime.stop();
    await settled();

    expect(link.of('heartbeat').at(-1)?.busy).toMatch(/^Worker mail to close/);
  });
});

describe('a worker that takes no part in draining', () => {
  it('turns USR2 into TERM, which its own handlers can receive, and dies of it', async () => {
    const { runtime, fake, link } = await idleWorker();
    runtime.start();

    fake.signal('SIGUSR2');

    expect(link.of('stopping').map(({ limited }) => limited)).toEqual([false]);
    expect(fake.kill.mock.calls).toEqual([[process.pid, 'SIGTERM']]);
  });
});

describe('a worker whose supervisor has died', () => {
  it('gets TERM immediately, and enforces the deadline itself', async () => {
    const { runtime, fake, link } = await idleWorker();
    vi.useFakeTimers();
    runtime.start();

    link.loseSupervisor();
    expect(fake.kill.mock.calls).toEqual([[process.pid, 'SIGTERM']]);

    vi.advanceTimersByTime(ASSIGNMENT.timeout - 1);
    expect(fake.kill).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    expect(fake.kill.mock.calls.slice(1)).toEqual([[process.pid, 'SIGKILL']]);
  });
});

describe('TTIN', () => {
  it('is answered with a snapshot, and changes nothing', async () => {
    const { runtime, fake, link, registry } = await idleWorker();
    runtime.start();

    fake.signal('SIGTTIN');

    expect(link.types).toEqual(['online', 'snapshot']);
    expect(link.of('snapshot')[0]?.snapshot).toMatch(
      /^busy with .*; event loop \d+% busy.*; \d+ MB resident; heap \d+ of \d+ MB$/,
    );
    expect(registry.engaged).toBe(false);
  });
});
