import { describe, expect, it } from 'vitest';
import { startedWorker } from './started-worker.ts';

describe('quiet', () => {
  it('aborts only the quiet signal, runs the hooks and pauses the services', async () => {
    const { api, runtime, fake, journal, note, queueWorker } = await startedWorker();
    api.onQuiet(note('onQuiet'));
    api.onStop(note('onStop'));
    api.drain(queueWorker('mail'));

    await runtime.quiet();

    expect(journal).toEqual(['onQuiet', 'pause mail']);
    expect([api.quietSignal.aborted, api.stopSignal.aborted]).toEqual([true, false]);
    expect(fake.exit).not.toHaveBeenCalled();
  });

  it('happens once, however often it is requested', async () => {
    const { api, runtime, link, fake, journal, note, queueWorker } = await startedWorker();
    api.onQuiet(note('onQuiet'));
    api.drain(queueWorker('mail'));
    runtime.ready();

    for (const signal of ['SIGTSTP', 'SIGUSR1', 'SIGTSTP'] as const) fake.signal(signal);
    await runtime.quiet();

    expect(journal).toEqual(['onQuiet', 'pause mail']);
    expect(link.types).toEqual(['online', 'ready', 'quiet']);
  });

  it('is reported after ready, even if it was requested before', async () => {
    const { runtime, link, fake } = await startedWorker();
    fake.signal('SIGTSTP');
    await runtime.quiet();
    expect(link.types).toEqual(['online']);

    runtime.ready();

    expect(link.types).toEqual(['online', 'ready', 'quiet']);
  });

  it('applies to later registrations', async () => {
    const { api, runtime, journal, note, queueWorker } = await startedWorker();
    await runtime.quiet();

    api.drain(queueWorker('late'));
    api.onQuiet(note('late onQuiet'));

    expect(journal).toEqual(['pause late', 'late onQuiet']);
  });

  it.each([
    ['for a paused service, which may have closed its connections', true, 1],
    ['but not for a service that cannot be paused', false, 0],
  ])('keeps the event loop alive: %s', async (_what, isPausable, timers) => {
    const { api, runtime, fake, queueWorker } = await startedWorker();
    api.drain(isPausable ? queueWorker('mail') : { close() {} });
    const before = lastingTimers();

    void runtime.quiet();

    expect(lastingTimers() - before).toBe(timers);
    // The exit must not come after the test, when it would be a real one.
    runtime.stop();
    await fake.exited;
  });
});

/** Returns how many timers keep the event loop alive. */
function lastingTimers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}
