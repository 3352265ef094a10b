import type { EventLoopUtilization } from 'node:perf_hooks';
import { expect, it, onTestFinished } from 'vitest';
import { forgetWaiting, withoutWaiting } from '../../../../src/sameness/renewal/waiting.ts';

/** How long the copy's original waited, in milliseconds. */
const WAITED = 1000;

/** Node's event loop, with times set by the test. */
class Loop {
  idle = 0;
  active = WAITED;

  readonly measure = (one?: EventLoopUtilization, two?: EventLoopUtilization): EventLoopUtilization => {
    const { idle, active } = two && one ? one : this;
    const since = two ?? one ?? { idle: 0, active: 0 };
    return utilization(idle - since.idle, active - since.active);
  };

  turn(idle: number, active: number): void {
    this.idle += idle;
    this.active += active;
  }
}

function utilization(idle: number, active: number): EventLoopUtilization {
  return { idle, active, utilization: active / (idle + active) };
}

it('subtracts the waiting time once', () => {
  const loop = new Loop();
  const measure = withoutWaiting(loop.measure, WAITED);
  loop.turn(30, 10);
  const first = measure();
  loop.turn(0, 50);
  const second = measure();

  expect(first).toEqual(utilization(30, 10));
  expect(measure(first)).toEqual(utilization(0, 50));
  expect(measure(second, first)).toEqual(utilization(0, 50));
  expect(second).toEqual(utilization(30, 60));
});

it('keeps the name and length of the function', () => {
  const named = { eventLoopUtilization: (_one?: unknown, _two?: unknown) => utilization(0, 1) };
  const { name, length } = withoutWaiting(named.eventLoopUtilization, WAITED);

  expect([name, length]).toEqual(['eventLoopUtilization', 2]);
});

it('does nothing if the loop has not started and so counts nothing yet', () => {
  const { nodeTiming, eventLoopUtilization } = performance;
  const started = Object.getOwnPropertyDescriptor(nodeTiming, 'loopStart') as PropertyDescriptor;
  onTestFinished(() => void Object.defineProperty(nodeTiming, 'loopStart', started));
  Object.defineProperty(nodeTiming, 'loopStart', { ...started, get: () => -1 });
  forgetWaiting(WAITED);

  expect(nodeTiming.loopStart).toBe(-1);
  expect(performance.eventLoopUtilization).toBe(eventLoopUtilization);
});
