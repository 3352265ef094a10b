import { describe, expect, test } from 'vitest';
import { left, Simulation, signals } from './simulation.ts';

const CRASH = { type: 'crash' } as const;

describe('an error that has escaped in the supervisor', () => {
  test('stops every worker within its window, and the status is 1', () => {
    const swarm = new Simulation({ count: 2 }).boot();
    expect(signals(swarm.event(CRASH)).filter(([, signal]) => signal === 'SIGTERM')).toHaveLength(2);
    expect(swarm.fleet.phase).toBe('stopping');
    swarm.exit(1, { code: 0 });
    expect(left(swarm.exit(2, { code: 0 }))).toBe(1);
  });

  test('kills a worker that is left at its deadline', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.event(CRASH);
    swarm.pass(25_000);
    expect(signals(swarm.actions).at(-1)).toEqual([1, 'SIGKILL']);
  });

  test('moves no deadline of a stop that is under way', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.event({ type: 'stop', by: 'SIGTERM' });
    swarm.pass(10_000);
    swarm.event(CRASH);
    swarm.pass(15_000);
    expect(signals(swarm.actions).at(-1)).toEqual([1, 'SIGKILL']);
  });
});
