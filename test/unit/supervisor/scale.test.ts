import { describe, expect, test } from 'vitest';
import { statusOf } from '../../../src/supervisor/status.ts';
import { Simulation, signals, started } from './simulation.ts';

function scaled(swarm: Simulation, count: number) {
  return swarm.event({ type: 'scale', count });
}

describe('scaling up', () => {
  test('starts workers immediately, in new slots', () => {
    const swarm = new Simulation({ count: 2 }).boot();
    expect(started(scaled(swarm, 4))).toEqual([2, 3]);
    expect(signals(swarm.actions)).toEqual([]);
    expect(statusOf(swarm.fleet, swarm.now)).toMatchObject({ count: 4, ready: 2 });
  });

  test('refills a removed slot once its last worker has left', () => {
    const swarm = new Simulation({ count: 2 }).boot();
    scaled(swarm, 1);
    expect(started(scaled(swarm, 2))).toEqual([]);
    expect(started(swarm.exit(2))).toEqual([1]);
  });
});

describe('scaling down', () => {
  test('stops the workers of the last slots as usual, and does not replace them', () => {
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

  test('forgets a slot in backoff', () => {
    const swarm = new Simulation({ count: 2 }).boot();
    swarm.exit(2, { code: 1 });
    swarm.exit(3, { code: 1 });
    expect(statusOf(swarm.fleet, swarm.now).workers[1]?.state).toBe('waiting');
    scaled(swarm, 1);
    expect(statusOf(swarm.fleet, swarm.now).workers).toHaveLength(1);
    expect(started(scaled(swarm, 2))).toEqual([1]);
  });
});

test('scaling down does not make swarm give up because all remaining slots have failed', () => {
  const swarm = new Simulation({ count: 3 });
  swarm.event({ type: 'boot' });
  swarm.exit(1, { code: 1 });
  swarm.becomeReady(4);
  scaled(swarm, 1);
  expect(statusOf(swarm.fleet, swarm.now)).toMatchObject({ phase: 'running', count: 1, ready: 1 });
});

test('killing a removed worker that was never ready does not change the exit status: it had no jobs', () => {
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

  test('new workers run the proven generation, and are replaced like all others', () => {
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

  test('the first worker of the new generation can be removed: another one is tried', () => {
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

test('scaling has no effect if the number is the same, or if the swarm is quiet', () => {
  const swarm = new Simulation({ count: 2 }).boot();
  expect(scaled(swarm, 2)).toEqual([]);
  swarm.event({ type: 'quiet', by: 'SIGUSR1' });
  expect(scaled(swarm, 4)).toEqual([]);
  expect(swarm.fleet.policy.count).toBe(2);
});
