import { expect, test } from 'vitest';
import { readinessOf } from '../../../src/control/readiness.ts';
import { statusOf } from '../../../src/supervisor/status.ts';
import { MB, Simulation } from '../supervisor/simulation.ts';

function readiness({ fleet, now }: Simulation): [ready: boolean, message: string] {
  const { ready, message } = readinessOf(statusOf(fleet, now));
  return [ready, message];
}

test('a worker more or less decides', () => {
  const swarm = new Simulation({ count: 2 }).boot();
  expect(readiness(swarm)).toEqual([true, '2 of 2 workers are ready']);
  swarm.exit(2, { code: 1 });
  expect(readiness(swarm)).toEqual([false, '1 of 2 workers are ready']);
  swarm.exit(3, { code: 1 });
  expect(readiness(swarm)).toEqual([false, '1 of 2 workers are ready']);
  // A rolling restart that has to wait for a slot that has failed is no excuse.
  swarm.event({ type: 'rollout', by: 'SIGUSR2' });
  expect(readiness(swarm)).toEqual([false, '1 of 2 workers are ready']);
});

test('a worker that is replaced counts once, and not at all where there is no room for two', () => {
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
