import { expect, test } from 'vitest';
import { readinessOf } from '../../../src/control/readiness.ts';
import { statusOf } from '../../../src/supervisor/status.ts';
import { MB, Simulation } from '../supervisor/simulation.ts';

function readiness({ fleet, now }: Simulation): [ready: boolean, message: string] {
  const { ready, message } = readinessOf(statusOf(fleet, now));
  return [ready, message];
}

test('a swarm with one worker missing is not ready', () => {
  const swarm = new Simulation({ count: 2 }).boot();
  expect(readiness(swarm)).toEqual([true, '2 of 2 workers are ready']);
  swarm.exit(2, { code: 1 });
  expect(readiness(swarm)).toEqual([false, '1 of 2 workers are ready']);
  // A rolling restart that waits for a failed slot does not make the swarm ready.
  swarm.exit(3, { code: 1 });
  swarm.event({ type: 'rollout', by: 'SIGUSR2' });
  expect(readiness(swarm)).toEqual([false, '1 of 2 workers are ready; worker 1 has failed 2 times in a row']);
});

test('after repeated failures, a worker counts only once it has been ready for a second', () => {
  const swarm = new Simulation({ count: 2 }).boot();
  swarm.exit(2, { code: 1 });
  swarm.becomeReady(3);
  expect(readiness(swarm)).toEqual([true, '2 of 2 workers are ready']);
  swarm.exit(3, { code: 1 });
  expect(readiness(swarm)).toEqual([false, '1 of 2 workers are ready; worker 1 has failed 2 times in a row']);
  swarm.pass(1000);
  swarm.becomeReady(4);
  expect(readiness(swarm)).toEqual([false, '2 of 2 workers are ready; worker 1 has failed 2 times in a row']);
  swarm.pass(1000);
  expect(readiness(swarm)).toEqual([true, '2 of 2 workers are ready']);
});

test('a swarm stays ready while replacements fail and the old worker keeps working', () => {
  const swarm = new Simulation({ count: 1, maxMemory: 100 * MB }).boot();
  for (const replacement of [2, 3]) {
    swarm.pass(60_000);
    swarm.measure([200]);
    swarm.exit(replacement, { code: 1 });
  }
  swarm.pass(60_000);
  swarm.measure([200]);
  expect(swarm.fleet.workers).toHaveLength(2);
  expect(swarm.fleet.slots[0]?.failures).toBeGreaterThan(1);
  expect(readiness(swarm)).toEqual([true, '1 of 1 worker is ready']);
});

test('during a replacement, a slot counts once, and may be empty if there is no room for two workers', () => {
  const swarm = new Simulation({ count: 2 }).boot();
  swarm.event({ type: 'rollout', by: 'SIGUSR2' });
  swarm.event({ type: 'prepared', generation: 2, preloaded: undefined });
  swarm.becomeReady(3);
  expect(readiness(swarm)).toEqual([true, '2 of 2 workers are ready']);

  const full = new Simulation({ count: 2, memory: 100 * MB }).boot();
  full.event({ type: 'rollout', by: 'SIGUSR2' });
  full.event({ type: 'prepared', generation: 2, preloaded: undefined });
  full.measure([45, 45]);
  expect(readiness(full)).toEqual([true, '1 of 2 workers are ready']);

  const only = new Simulation({ count: 1, memory: 100 * MB }).boot();
  only.event({ type: 'rollout', by: 'SIGUSR2' });
  only.event({ type: 'prepared', generation: 2, preloaded: undefined });
  only.measure([60]);
  expect(readiness(only)).toEqual([false, '0 of 1 worker is ready']);
});
