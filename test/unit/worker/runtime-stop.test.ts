import { describe, expect, it } from 'vitest';
import { deferred, settled } from './deferred.ts';
import { startedWorker } from './started-worker.ts';

describe('stop', () => {
  it('pauses and closes services, runs the hooks from the last to the first, and exits', async () => {
    const { api, runtime, fake, journal, note, queueWorker } = await startedWorker();
    api.onStop(note('first onStop'));
    api.onStop(note('second onStop'));
    api.onQuiet(note('onQuiet'));
    api.drain(queueWorker('mail', { close: settled() }));
    void fake.exited.then(note('exit'));

    runtime.stop();
    await fake.exited;
    await settled();

    expect(journal).toEqual([
      'onQuiet',
      'pause mail',
      'close mail',
      'done: close mail',
      'second onStop',
      'first onStop',
      'exit',
    ]);
    expect(fake.exit.mock.calls).toEqual([[]]);
  });

  it('aborts both signals before it waits for anything', async () => {
    const { api, runtime } = await startedWorker();
    api.onQuiet(() => deferred().promise);

    runtime.stop();

    expect([api.quietSignal.aborted, api.stopSignal.aborted]).toEqual([true, true]);
  });

  it('closes all services in parallel, and waits for each', async () => {
    const { api, runtime, fake, journal, note, queueWorker } = await startedWorker();
    const [mail, fax] = [deferred(), deferred()];
    api.drain(queueWorker('mail', { close: mail.promise }));
    api.drain(queueWorker('fax', { close: fax.promise }));
    api.onStop(note('onStop'));

    runtime.stop();
    await settled();
    expect(journal).toEqual(['pause mail', 'pause fax', 'close mail', 'close fax']);
    fax.resolve();
    await settled();
    expect(journal).not.toContain('onStop');
    mail.resolve();
    await fake.exited;

    expect(journal.slice(4)).toEqual(['done: close fax', 'done: close mail', 'onStop']);
  });

  it('closes services that take work first, then the resources that they use, then runs the hooks', async () => {
    const { api, runtime, fake, journal, note, queueWorker } = await startedWorker();
    const mail = deferred();
    api.onStop(note('onStop'));
    api.drain({ close: note('close client') });
    api.drain(queueWorker('mail', { close: mail.promise }));
    api.drain({ stop: note('stop poller') });
    runtime.stop();
    await settled();

    // Registered late.
    api.drain({ close: note('close late client') });
    await settled();
    expect(journal).toEqual(['pause mail', 'close mail', 'stop poller']);
    mail.resolve();
    await fake.exited;

    expect(journal.slice(3)).toEqual(['done: close mail', 'close client', 'close late client', 'onStop']);
  });

  it('exits even if a service has a TERM handler that does the same as its stop()', async () => {
    const { registry, runtime, fake } = await startedWorker();
    function gracefulHandler() {}
    process.on('SIGTERM', gracefulHandler);
    registry.services.push({
      name: 'runner',
      takesWork: true,
      stop() {},
      ownsListener: (listener) => listener === gracefulHandler,
    });

    runtime.stop();
    await fake.exited;

    expect(fake.exit).toHaveBeenCalledTimes(1);
  });

  it('happens once, however often it is requested', async () => {
    const { api, fake, journal, note, queueWorker } = await startedWorker();
    api.drain(queueWorker('mail'));
    api.onStop(note('onStop'));

    for (const signal of ['SIGTSTP', 'SIGTERM', 'SIGINT', 'SIGTERM', 'SIGUSR2'] as const) fake.signal(signal);
    await fake.exited;
    fake.signal('SIGTERM');
    await settled();

    expect(journal).toEqual(['pause mail', 'close mail', 'onStop']);
    expect(fake.exit).toHaveBeenCalledTimes(1);
  });

  it('closes a service once, however often it was registered', async () => {
    const { api, registerService, runtime, fake, journal, queueWorker } = await startedWorker();
    const service = api.drain(queueWorker('mail'));
    registerService(service);

    runtime.stop();
    await fake.exited;

    expect(journal).toEqual(['pause mail', 'close mail']);
  });

  it('continues after a failure, and reports it', async () => {
    const { api, runtime, fake, journal, note } = await startedWorker();
    const failure = new Error('broken');
    api.onStop(note('last'));
    api.onStop(function breaking() {
      throw failure;
    });
    api.onQuiet(async () => {
      throw failure;
    });
    api.drain({ close: () => Promise.reject(failure) });

    runtime.stop();
    await fake.exited;

    expect(journal).toEqual(['last']);
    expect(fake.console.mock.calls).toEqual([
      ['swarm: worker 2: onQuiet() failed:', failure],
      ['swarm: worker 2: Object to close failed:', failure],
      ['swarm: worker 2: onStop(breaking) failed:', failure],
    ]);
  });

  it('closes and awaits services registered while it is in progress', async () => {
    const { api, runtime, fake, journal, note, queueWorker } = await startedWorker();
    const late = deferred();
    const mail = deferred();
    api.drain(queueWorker('mail', { close: mail.promise }));
    api.onStop(note('onStop'));
    runtime.stop();
    await settled();

    api.drain(queueWorker('late', { close: late.promise }));
    expect(journal.slice(2)).toEqual(['pause late', 'close late']);
    mail.resolve();
    await settled();
    expect(journal).not.toContain('onStop');
    late.resolve();
    await fake.exited;

    expect(journal.slice(4)).toEqual(['done: close mail', 'done: close late', 'onStop']);
  });

  it('waits for a quiet hook that was registered after quiet', async () => {
    const { api, runtime, fake, journal, note } = await startedWorker();
    const late = deferred();
    api.onStop(note('onStop'));
    await runtime.quiet();
    api.onQuiet(() => late.promise.then(note('onQuiet')));

    runtime.stop();
    await settled();
    late.resolve();
    await fake.exited;

    expect(journal).toEqual(['onQuiet', 'onStop']);
  });

  it('leaves the exit to an application that only watches an abort signal', async () => {
    const { api, runtime, fake } = await startedWorker();
    void api.stopSignal.aborted;

    runtime.stop();
    await settled();

    expect(api.stopSignal.aborted).toBe(true);
    expect(fake.exit).not.toHaveBeenCalled();
  });

  it('leaves the exit to an application that handles TERM', async () => {
    const { api, fake, journal, note } = await startedWorker();
    api.onStop(note('onStop'));
    process.on('SIGTERM', note('own handler'));

    fake.signal('SIGTERM');
    await settled();

    expect(journal).toEqual(['own handler', 'onStop']);
    expect(fake.exit).not.toHaveBeenCalled();
  });
});
