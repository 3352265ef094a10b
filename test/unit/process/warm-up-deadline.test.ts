import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WarmUpDeadline } from '../../../src/process/warm-up-deadline.ts';

function deadlineOf(bootTimeout: number) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const onExpiry = vi.fn();
  return { onExpiry, deadline: new WarmUpDeadline({ bootTimeout }, onExpiry) };
}

describe('the deadline of a warm-up', () => {
  it('expires once, after a third of SWARM_BOOT_TIMEOUT, and says so', () => {
    const { deadline, onExpiry } = deadlineOf(30_000);
    deadline.start();
    vi.advanceTimersByTime(9_999);
    expect([onExpiry.mock.calls.length, deadline.reason]).toEqual([0, undefined]);
    vi.advanceTimersByTime(100_000);
    expect(onExpiry).toHaveBeenCalledOnce();
    expect(deadline.reason).toBe('it has still not ended after 10 s');
  });

  it('does not expire if the warm-up ends before', () => {
    const { deadline, onExpiry } = deadlineOf(30_000);
    deadline.start();
    vi.advanceTimersByTime(9_999);
    deadline.clear();
    vi.advanceTimersByTime(100_000);
    expect([onExpiry.mock.calls.length, deadline.reason]).toEqual([0, undefined]);
  });

  it('cannot be started again, or after the preloading', () => {
    const { deadline, onExpiry } = deadlineOf(30_000);
    deadline.start();
    vi.advanceTimersByTime(5_000);
    deadline.start();
    deadline.clear();
    deadline.start();
    vi.advanceTimersByTime(100_000);
    expect([onExpiry.mock.calls.length, deadline.reason]).toEqual([0, undefined]);
  });
});
