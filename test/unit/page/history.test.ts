import { describe, expect, it } from 'vitest';
import type { Status } from '../../../src/control/status.ts';
import { History, pathOf, type Sample, WINDOW } from '../../../src/page/history.ts';
import { status } from './statuses.ts';

function historyOf(...statuses: Status[]): readonly Sample[] {
  const history = new History();
  for (const [second, now] of statuses.entries()) {
    history.add(now, statuses[second - 1], () => 0.25, { time: 1000 * second, follows: second > 0 });
  }
  return history.samples;
}

function last(...statuses: Status[]): Partial<Sample> | undefined {
  return historyOf(...statuses).at(-1);
}

describe('a sample', () => {
  it('has the sum of the CPU shares and the longest delay', () => {
    expect(last(status({}, [{ delay: 7 }, { delay: 900 }, { delay: null }]))).toMatchObject({ cpu: 1, delay: 900 });
  });

  it('has null for unknown values', () => {
    const history = new History();
    history.add(status({}, [{ delay: null }]), undefined, () => undefined, { time: 0, follows: false });
    expect(history.samples).toEqual([{ time: 0, follows: false, memory: null, cpu: null, delay: null, restarts: 0 }]);
  });

  it('counts the restarts since the first answer, even in slots that are added and removed', () => {
    const times = (...restarts: number[]) =>
      status(
        {},
        restarts.map((each) => ({ restarts: each })),
      );
    expect(last(times(5, 1))).toMatchObject({ restarts: 0 });
    expect(last(times(5, 1), times(6, 1))).toMatchObject({ restarts: 1 });
    expect(last(times(5, 1), times(6, 1), times(6))).toMatchObject({ restarts: 1 });
    expect(last(times(5, 1), times(6), times(7, 2))).toMatchObject({ restarts: 4 });
  });

  it('counts two workers in one slot once', () => {
    const two = status({}, [{ restarts: 1 }, { slot: 0, restarts: 1 }]);
    expect(last(status({}, [{}]), two)).toMatchObject({ restarts: 1 });
  });
});

it('drops samples older than the window', () => {
  const history = new History();
  for (const time of [0, 1, WINDOW, WINDOW + 1]) {
    history.add(status(), undefined, () => undefined, { time, follows: true });
  }
  expect(history.samples.map(({ time }) => time)).toEqual([1, WINDOW, WINDOW + 1]);
});

describe('a line', () => {
  const sample = (time: number, delay: number | null, follows = true): Sample => {
    return { time, delay, follows, memory: null, cpu: null, restarts: 0 };
  };
  const path = (...samples: Sample[]) => pathOf(samples, ({ delay }) => delay, { most: 10, width: 300, height: 40 });

  it('ends at the right with the current value, and has the maximum at the top', () => {
    expect(path(sample(0, 0), sample(WINDOW / 2, 10), sample(WINDOW, 5))).toBe('M0.0 40.0h0L150.0 0.0L300.0 20.0');
  });

  it('has a gap where samples are missing', () => {
    const before = sample(0, 0);
    expect(path(before, sample(WINDOW / 2, 10, false), sample(WINDOW, 5))).toBe('M0.0 40.0h0M150.0 0.0h0L300.0 20.0');
  });

  it('omits unknown values', () => {
    expect(path(sample(0, null), sample(WINDOW, 5))).toBe('M300.0 20.0h0');
  });

  it('is at the bottom if all values are 0, and empty without samples', () => {
    expect(pathOf([sample(0, 0)], ({ delay }) => delay, { most: 0, width: 300, height: 40 })).toBe('M300.0 40.0h0');
    expect(path()).toBe('');
  });
});
