import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { reclaimWhenUp } from '../../../src/boot/reclaim.ts';
import type { Fleet } from '../../../src/supervisor/fleet.ts';
import { Simulation } from '../supervisor/simulation.ts';

class FakeNative {
  readonly calls: string[] = [];
  readonly #failure: Error | undefined;

  constructor(failure?: Error) {
    this.#failure = failure;
  }

  collect(): void {
    this.calls.push('collect');
    if (this.#failure) throw this.#failure;
  }

  trim(): void {
    this.calls.push('trim');
  }
}

/** Boots three workers, then replaces one. */
function live(observe: (fleet: Fleet) => void, whenBooting: () => void): void {
  const simulation = new Simulation();
  simulation.event({ type: 'boot' });
  const [first, ...others] = simulation.fleet.workers.map(({ id }) => id) as [number, ...number[]];
  const become = (worker: number) => {
    simulation.becomeReady(worker);
    observe(simulation.fleet);
  };
  observe(simulation.fleet);
  others.map(become);
  vi.runAllTimers();
  whenBooting();

  become(first);
  vi.runAllTimers();
  simulation.event({ type: 'exited', workerId: first, exit: { code: 1, signal: null } });
  simulation.pass(60_000);
  become(Math.max(...simulation.fleet.workers.map(({ id }) => id)));
  vi.runAllTimers();
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('memory is reclaimed once, when all workers are at work', () => {
  const native = new FakeNative();
  live(reclaimWhenUp(native), () => expect(native.calls).toEqual([]));
  expect(native.calls).toEqual(['collect', 'trim']);
});

test('free memory is returned even if garbage cannot be collected', () => {
  const native = new FakeNative(new Error('collecting garbage (ENOSYS)'));
  live(reclaimWhenUp(native), () => {});
  expect(native.calls).toEqual(['collect', 'trim']);
});

test('without the addon nothing happens', () => {
  live(reclaimWhenUp(undefined), () => {});
});
