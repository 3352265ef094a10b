import { describe, expect, test } from 'vitest';
import { statusOf } from '../../../src/supervisor/status.ts';
import { Simulation, signals, started } from './simulation.ts';

function scaled(swarm: Simulation, count: number) {
  return swarm.event({ type: 'scale', count });
}

describe('more workers', () => {
  test('are started at once, in slots of their own', () => {
    const swarm = new Simulation({ count: 2 }).boot();
    expect(started(scaled(swarm, 4))).toEqual([2, 3]);
    expect(signals(swarm.actions)).toEqual([]);
    expect(statusOf(swarm.fleet, swarm.now)).toMatchObject({ count: 4, ready: 2 });
  });

  test('fill slots whose last workers are still leaving when these have left', () => {
    const swarm = new Simulation({ count: 2 }).boot();
    scaled(swarm, 1);
    expect(started(scaled(swarm, 2))).toEqual([]);
    expect(started(swarm.exit(2))).toEqual([1]);
  });
});

describe('fewer workers', () => {
  test('stop those of the last slots, as at any stop, and start nobody in their place', () => {
    const swarm = new Simulation({ count: 3 }).boot();
    expect(signals(scaled(swarm, 1))).toEqual([
      [2, 'SIGTERM'],
      [2, 'SIGCONT'],
      [3, 'SIGTERM'],
      [3, 'SIGCONT'],
    ]);
    expect(started(swarm.exit(2))).toEqual([]);
    swarm.pass(25_000);
    expect(signals(swarm.actions)).toContainEqual([3, 'SIGKILL']);
    swarm.exit(3, { signal: 'SIGKILL' });
    expect(statusOf(swarm.fleet, swarm.now)).toMatchObject({ phase: 'running', count: 1, workers: [{ slot: 0 }] });
  });

  test('forget a slot that waits because it has failed', () => {
    const swarm = new Simulation({ count: 2 }).boot();
    swarm.exit(2, { code: 1 });
    swarm.exit(3, { code: 1 });
    expect(statusOf(swarm.fleet, swarm.now).workers[1]?.state).toBe('waiting');
    scaled(swarm, 1);
    expect(statusOf(swarm.fleet, swarm.now).workers).toHaveLength(1);
    expect(started(scaled(swarm, 2))).toEqual([1]);
  });
});

test('fewer workers are no reason to give up: what others could not do says nothing of those that are left', () => {
  const swarm = new Simulation({ count: 3 });
  swarm.event({ type: 'boot' });
  swarm.exit(1, { code: 1 });
  swarm.becomeReady(4);
  scaled(swarm, 1);
  expect(statusOf(swarm.fleet, swarm.now)).toMatchObject({ phase: 'running', count: 1, ready: 1 });
});

test('a worker that had not come up when it was to go had no jobs: its end by force is no fault', () => {
  const swarm = new Simulation({ count: 1 }).boot();
  scaled(swarm, 2);
  swarm.event({ type: 'started', workerId: 2, pid: 102 });
  scaled(swarm, 1);
  swarm.pass(25_000);
  swarm.exit(2, { signal: 'SIGKILL' });
  expect(swarm.fleet.status).toBe(0);
});

describe('during a rolling restart', () => {
  function reloading(count: number): Simulation {
    const swarm = new Simulation({ count }).boot();
    swarm.event({ type: 'rollout', by: 'SIGUSR2' });
    swarm.event({ type: 'prepared', generation: 2, preloaded: undefined });
    return swarm;
  }

  test('more workers are of the code that is proven, and are renewed like all others', () => {
    const swarm = reloading(1);
    expect(started(scaled(swarm, 2))).toEqual([1]);
    expect(swarm.worker(1).generation).toBe(1);
    swarm.becomeReady(3);
    swarm.comeUp(2);
    swarm.exit(1);
    swarm.comeUp(4);
    swarm.exit(3);
    expect(swarm.fleet.workers.map(({ slot, generation }) => [slot, generation])).toEqual([
      [0, 2],
      [1, 2],
    ]);
    expect(swarm.fleet.lastRollout).toEqual({ generation: 2, failure: undefined });
  });

  test('a worker on which the generation depends may go: another is tried', () => {
    const swarm = new Simulation({ count: 2 }).boot();
    // Only the second slot has a worker that can be replaced.
    swarm.exit(1, { code: 1 });
    swarm.event({ type: 'rollout', by: 'SIGUSR2' });
    swarm.event({ type: 'prepared', generation: 2, preloaded: undefined });
    const first = swarm.fleet.workers.find(({ generation }) => generation === 2);
    expect(first?.slot).toBe(1);
    swarm.becomeReady(swarm.worker(0).id);
    expect(started(scaled(swarm, 1))).toEqual([0]);
    swarm.exit(first?.id ?? 0);
    expect(swarm.fleet.rollout).toMatchObject({ generation: 2, stage: 'trying' });
  });
});

test('changes nothing where the number is the same, or no workers are started', () => {
  const swarm = new Simulation({ count: 2 }).boot();
  expect(scaled(swarm, 2)).toEqual([]);
  swarm.event({ type: 'quiet', by: 'SIGUSR1' });
  expect(scaled(swarm, 4)).toEqual([]);
  expect(swarm.fleet.policy.count).toBe(2);
});
