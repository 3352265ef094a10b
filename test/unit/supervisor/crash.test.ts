import { describe, expect, test } from 'vitest';
import { left, Simulation, signals } from './simulation.ts';

const CRASH = { type: 'crash' } as const;

describe('an uncaught error in the supervisor', () => {
  test('stops every worker, with status 1', () => {
    const swarm = new Simulation({ count: 2 }).boot();
    expect(signals(swarm.event(CRASH)).filter(([, signal]) => signal === 'SIGTERM')).toHaveLength(2);
    expect(swarm.fleet.phase).toBe('stopping');
    swarm.exit(1, { code: 0 });
    expect(left(swarm.exit(2, { code: 0 }))).toBe(1);
  });

  test('kills a worker that is still running at its deadline', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.event(CRASH);
    swarm.pass(25_000);
    expect(signals(swarm.actions).at(-1)).toEqual([1, 'SIGKILL']);
  });

  test('does not move the deadlines of a stop that is under way', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.event({ type: 'stop', by: 'SIGTERM' });
    swarm.pass(10_000);
    swarm.event(CRASH);
    swarm.pass(15_000);
    expect(signals(swarm.actions).at(-1)).toEqual([1, 'SIGKILL']);
  });
});
