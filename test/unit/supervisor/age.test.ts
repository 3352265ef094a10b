import { expect, test } from 'vitest';
import { statusOf } from '../../../src/supervisor/status.ts';
import { MB, Simulation, signals, started } from './simulation.ts';

const HOUR = 3_600_000;

/**
 * Passes time. Each replacement comes up immediately, and each worker that is told to stop exits. Returns the age of
 * each stopped worker, in hours.
 */
function live(swarm: Simulation, hours: number): number[] {
  const ages: number[] = [];
  for (const end = swarm.now + hours * HOUR; swarm.now < end; ) {
    swarm.pass(10_000);
    for (const { id, state, readyAt = 0 } of swarm.fleet.workers) {
      if (state === 'starting') swarm.comeUp(id);
      else if (state === 'stopping') {
        ages.push((swarm.now - readyAt) / HOUR);
        swarm.exit(id);
      } else swarm.tell(id, { type: 'heartbeat', busy: '', delay: 0, active: 0 });
      expect(swarm.fleet.workers.length, 'one at a time').toBeLessThanOrEqual(swarm.fleet.policy.count + 1);
    }
  }
  return ages;
}

test('each worker is recycled after SWARM_MAXAGE, or up to a quarter earlier', () => {
  const swarm = new Simulation({ count: 4, maxAge: 2 * HOUR }).boot();
  const ages = live(swarm, 24);
  expect(ages.length).toBeGreaterThan(4 * 11);
  for (const age of ages) {
    expect(age).toBeGreaterThan(1.5);
    expect(age).toBeLessThan(2.1);
  }
  expect(new Set(ages.slice(0, 4).map((age) => age.toFixed(1))).size, 'not all together').toBeGreaterThan(2);
  expect(swarm.fleet.workers.filter(({ state }) => state === 'ready')).toHaveLength(4);
  expect(statusOf(swarm.fleet, swarm.now).workers.map(({ restarts }) => restarts)).toEqual([0, 0, 0, 0]);
  expect(swarm.entries.filter(({ event }) => event === 'worker.recycle')[0]?.message).toMatch(
    /^worker \d .* has been ready for \d+ s \(SWARM_MAXAGE\): it stops when its replacement is ready$/,
  );
});

test('no worker is recycled for age by default, during a rolling restart, or while quiet', () => {
  const young = new Simulation({ count: 2 }).boot();
  expect(live(young, 48)).toEqual([]);

  const swarm = new Simulation({ count: 1, maxAge: HOUR }).boot();
  swarm.event({ type: 'rollout', by: 'SIGUSR2' });
  swarm.pass(50_000);
  swarm.event({ type: 'prepared', generation: 2, preloaded: undefined });
  expect(swarm.workers(0)).toHaveLength(2);
  swarm.comeUp(2);
  swarm.exit(1);
  expect(swarm.fleet.lastRollout?.generation).toBe(2);
  swarm.event({ type: 'quiet', by: 'SIGUSR1' });
  const before = swarm.actions.length;
  swarm.pass(2 * HOUR);
  expect(started(swarm.actions.slice(before))).toEqual([]);
});

test('if the replacement does not come up, the worker stays, and another replacement is tried later', () => {
  const swarm = new Simulation({ count: 1, maxAge: HOUR }).boot();
  const before = swarm.actions.length;
  while (started(swarm.actions.slice(before)).length === 0) swarm.pass(10_000);
  swarm.exit(2, { code: 1 });
  expect(signals(swarm.actions).filter(([, signal]) => signal === 'SIGTERM')).toEqual([]);
  swarm.pass(60_000);
  expect(started(swarm.actions.slice(before)).length).toBeGreaterThan(1);
  const told = swarm.entries.filter(({ event, level }) => event === 'worker.recycle' && level === 'info');
  expect(told, 'logged once').toHaveLength(1);
});

test('no worker is recycled for age if a replacement does not fit into memory', () => {
  const swarm = new Simulation({ count: 1, maxAge: HOUR, memory: 100 * MB }).boot();
  swarm.measure([60]);
  const before = swarm.actions.length;
  for (let minutes = 0; minutes < 120; minutes += 1) {
    swarm.measure([60]);
    swarm.pass(60_000);
  }
  expect(started(swarm.actions.slice(before))).toEqual([]);
  expect(signals(swarm.actions)).toEqual([]);
});
