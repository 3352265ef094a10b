import { writeSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { inlineLink } from '../../../src/worker/inline.ts';
import { type FakeProcess, fakeProcess } from './fake-process.ts';

vi.mock('node:fs', async (importOriginal) => ({ ...(await importOriginal<object>()), writeSync: vi.fn() }));

let fake: FakeProcess;

beforeEach(() => {
  fake = fakeProcess();
  vi.useFakeTimers();
  vi.mocked(writeSync).mockClear();
});

describe('a worker without a supervisor', () => {
  it('prints why the application could not start', () => {
    const failure = {
      module: '/app/jobs.js',
      while: 'loading',
      message: 'Error: no',
      stack: 'Error: no\n at x',
    } as const;

    inlineLink(25_000).send({ type: 'failed', workerId: 1, failure });

    expect(fake.console.mock.calls).toEqual([['Error: no\n at x']]);
  });

  it.each([
    ['', 'swarm: busy with nothing\n'],
    ['spin (/app/jobs.js:3:5)', 'swarm: busy with nothing; running spin (/app/jobs.js:3:5)\n'],
  ])('prints its snapshot immediately, running %j', (stack, line) => {
    inlineLink(25_000).sendNow({ type: 'snapshot', workerId: 1, snapshot: 'busy with nothing', stack });

    expect(vi.mocked(writeSync).mock.calls).toEqual([[2, line]]);
  });

  it('prints to stderr what blocks its event loop', () => {
    const { fd, text } = inlineLink(25_000).blocked(1);

    expect([fd, text]).toEqual([2, 'swarm: event loop blocked for % s; % MB resident; heap % of % MB; running %\n']);
  });

  it('enforces the deadline of a stop itself, and says so', () => {
    inlineLink(25_000).send({ type: 'stopping', workerId: 1, limited: true });

    vi.advanceTimersByTime(24_999);
    expect(fake.exit).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fake.exit.mock.calls).toEqual([[1]]);
    expect(fake.console.mock.calls.join()).toContain('25 s of TERM (SWARM_TIMEOUT)');
  });

  it('can stop without a deadline', () => {
    inlineLink(25_000).send({ type: 'stopping', workerId: 1, limited: false });

    vi.advanceTimersByTime(1_000_000);
    expect(fake.exit).not.toHaveBeenCalled();
  });
});
