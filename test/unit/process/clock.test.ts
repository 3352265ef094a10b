import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/process/clock.ts';

const PULSE = 1000;

/** Time in which this process did not run, milliseconds. */
let paused = 0;

/** Advances the system's clock, but no timer. */
function pause(milliseconds: number): void {
  paused += milliseconds;
}

beforeEach(() => {
  paused = 0;
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate'] });
  const fake = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => fake() + paused);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test('the alarm rings once, at its instant', () => {
  const clock = systemClock();
  const ring = vi.fn();
  clock.wakeAt(clock.now() + 5000, ring, PULSE);
  vi.advanceTimersByTime(4999);
  expect(ring).not.toHaveBeenCalled();
  vi.advanceTimersByTime(10);
  expect(ring).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(60_000);
  expect(ring).toHaveBeenCalledTimes(1);
});

test('a pause moves neither the clock nor the alarm by more than a pulse', () => {
  const clock = systemClock();
  const begin = clock.now();
  const ring = vi.fn();
  clock.wakeAt(begin + 10_000, ring, PULSE);
  vi.advanceTimersByTime(3000);
  for (let pauses = 0; pauses < 3; pauses += 1) {
    pause(60_000);
    vi.advanceTimersByTime(100);
  }
  expect(clock.now() - begin).toBeLessThan(3000 + 300 + 3 * 1000 + 1);
  expect(ring).not.toHaveBeenCalled();
  vi.advanceTimersByTime(10_000);
  expect(ring).toHaveBeenCalledTimes(1);
});

test('time passes even if the process is paused before each pulse', () => {
  const clock = systemClock();
  const ring = vi.fn();
  clock.wakeAt(clock.now() + 20_000, ring, PULSE);
  for (let looks = 0; looks < 30; looks += 1) {
    pause(5000);
    vi.advanceTimersByTime(1000);
  }
  expect(ring).toHaveBeenCalledTimes(1);
});

test('the event loop turns once before the callback, so that everything that has arrived is handled', () => {
  const clock = systemClock();
  const order: string[] = [];
  clock.wakeAt(clock.now() + 1000, () => order.push('alarm'), PULSE);
  // While timers run, nothing is read. An immediate that was set earlier is the earliest possible read.
  setTimeout(() => setImmediate(() => order.push('read')), 999);
  setTimeout(() => order.push('timer'), 1000);
  vi.advanceTimersByTime(1100);
  expect(order.at(-1)).toBe('alarm');
});

test('a flood of new alarms cannot silence the clock', () => {
  const clock = systemClock();
  const ring = vi.fn();
  const due = clock.now() + 500;
  for (let events = 0; events < 1000; events += 1) {
    clock.wakeAt(due, ring, PULSE);
    vi.advanceTimersByTime(1);
    if (ring.mock.calls.length > 0) break;
  }
  expect(clock.now() - due).toBeLessThan(20);
  expect(ring).toHaveBeenCalled();
});

test('a new alarm replaces the previous one, whether it is earlier or later', () => {
  const clock = systemClock();
  const [first, second, third] = [vi.fn(), vi.fn(), vi.fn()];
  clock.wakeAt(clock.now() + 500, first, PULSE);
  clock.wakeAt(clock.now() + 5000, second, PULSE);
  vi.advanceTimersByTime(4000);
  clock.wakeAt(clock.now() + 100, third, PULSE);
  vi.advanceTimersByTime(60_000);
  expect([first, second, third].map((each) => each.mock.calls.length)).toEqual([0, 0, 1]);
});

test('an alarm can set the next one', () => {
  const clock = systemClock();
  let rings = 0;
  const ring = () => {
    rings += 1;
    if (rings < 5) clock.wakeAt(clock.now() + 700, ring, PULSE);
  };
  ring();
  vi.advanceTimersByTime(60_000);
  expect(rings).toBe(5);
});

test('a stopped clock has no alarm and does not keep the process alive', () => {
  const clock = systemClock();
  const ring = vi.fn();
  clock.wakeAt(clock.now() + 500, ring, PULSE);
  clock.stop();
  vi.advanceTimersByTime(5000);
  expect(ring).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test('a slower pulse reads the time less often, and a faster one takes over immediately', () => {
  const clock = systemClock();
  const looks = vi.spyOn(performance, 'now');
  clock.wakeAt(clock.now() + 60_000, () => {}, 10_000);
  vi.advanceTimersByTime(30_000);
  expect(looks.mock.calls.length).toBeLessThan(15);
  clock.wakeAt(clock.now() + 60_000, () => {}, 250);
  const before = clock.now();
  vi.advanceTimersByTime(300);
  pause(2000);
  expect(clock.now() - before).toBeLessThan(1000);
});
