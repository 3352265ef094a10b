import { describe, expect, test } from 'vitest';
import type { Entry } from '../../../src/log/logger.ts';
import type { Action } from '../../../src/supervisor/actions.ts';
import type { Event } from '../../../src/supervisor/events.ts';
import { statusOf } from '../../../src/supervisor/status.ts';
import { left, POLICY, Simulation, started } from './simulation.ts';

const PREPARED: Event = { type: 'prepared', generation: 1, preloaded: { packages: 1, milliseconds: 5, bytes: 9 } };
const RELOAD: Event = { type: 'rollout', by: 'SIGUSR2' };

/** A swarm of three workers that has begun to boot. */
function booting(): Simulation {
  const swarm = new Simulation();
  swarm.bootsAtOnce = false;
  swarm.event({ type: 'boot' });
  return swarm;
}

function attempts(actions: readonly Action[]) {
  return actions.flatMap((action) => (action.type === 'settle' ? [action.attempt] : []));
}

describe('a boot', () => {
  test('prepares and settles the first generation, then starts as many workers as the settled policy says', () => {
    const swarm = booting();
    expect(swarm.actions).toEqual([{ type: 'prepare', generation: 1 }]);
    expect(attempts(swarm.event(PREPARED))).toEqual([PREPARED]);
    expect(started(swarm.actions)).toEqual([]);
    expect(started(swarm.event({ type: 'settled', policy: { ...POLICY, count: 2 }, announcement: [] }))).toEqual([
      0, 1,
    ]);
    expect(swarm.fleet.workers.map(({ generation }) => generation)).toEqual([1, 1]);
  });

  test('shows in the status', () => {
    const swarm = booting();
    const rollout = { generation: 1, stage: 'preparing' };
    expect(statusOf(swarm.fleet, swarm.now)).toMatchObject({ phase: 'booting', generation: 0, rollout, workers: [] });
    swarm.event(PREPARED);
    expect(statusOf(swarm.fleet, swarm.now)).toMatchObject({ phase: 'booting', rollout });
    swarm.event({ type: 'settled', policy: POLICY, announcement: [] });
    expect(statusOf(swarm.fleet, swarm.now)).toMatchObject({ phase: 'running', generation: 1, rollout: null });
  });

  test('has a deadline, after which a late outcome is not settled a second time', () => {
    const swarm = booting();
    swarm.pass(59_999);
    expect(attempts(swarm.actions)).toEqual([]);
    swarm.pass(1);
    const reason = 'preloading took longer than 60 s (SWARM_BOOT_TIMEOUT)';
    expect(attempts(swarm.actions)).toEqual([{ type: 'late', reason }]);
    expect(swarm.event(PREPARED)).toEqual([]);
    swarm.pass(100_000);
    expect(attempts(swarm.actions)).toHaveLength(1);
  });

  test('logs the boot line before it starts workers', () => {
    const swarm = booting();
    swarm.event(PREPARED);
    const entry: Entry = { level: 'info', event: 'boot', fields: {}, message: 'swarm boot: 3 workers' };
    const actions = swarm.event({ type: 'settled', policy: POLICY, announcement: [entry] });
    expect(actions.map(({ type }) => type)).toEqual(['log', 'start', 'start', 'start']);
  });

  test("logs the mold's remarks after the boot line", () => {
    const swarm = booting();
    const entry: Entry = { level: 'info', event: 'boot', fields: {}, message: 'swarm boot: 3 workers' };
    expect(swarm.event({ type: 'left-out', package: 'redis', reason: 'it opens a socket' })).toEqual([]);
    swarm.event(PREPARED);
    swarm.event({ type: 'settled', policy: POLICY, announcement: [entry] });
    expect(swarm.entries.map(({ event }) => event)).toEqual(['boot', 'preload']);
    expect(swarm.event({ type: 'left-out', package: 'pg', reason: 'it opens a socket' })).toHaveLength(1);
  });

  test('that is refused ends everything: later events have no effect', () => {
    const swarm = booting();
    swarm.event({ type: 'unprepared', generation: 1, reason: 'no', failure: undefined, fault: 'code' });
    expect(swarm.event({ type: 'refused' })).toEqual([]);
    expect(swarm.fleet.phase).toBe('gone');
    expect(swarm.event({ type: 'settled', policy: POLICY, announcement: [] })).toEqual([]);
    expect(swarm.event({ type: 'stop', by: 'SIGTERM' })).toEqual([]);
  });
});

describe('during the boot', () => {
  test.each<[when: string, before: Event[]]>([
    ['preparing', []],
    ['settling', [PREPARED]],
  ])('a stop while %s starts nothing and exits with 0', (_, before) => {
    const swarm = booting();
    for (const event of before) swarm.event(event);
    expect(left(swarm.event({ type: 'stop', by: 'SIGTERM' }))).toBe(0);
    expect(swarm.event({ type: 'settled', policy: POLICY, announcement: [] })).toEqual([]);
    expect(swarm.event({ type: 'refused' })).toEqual([]);
  });

  test('a stop before the boot prepares nothing', () => {
    const swarm = new Simulation();
    expect(left(swarm.event({ type: 'stop', by: 'SIGTERM' }))).toBe(0);
    expect(swarm.event({ type: 'boot' })).toEqual([]);
  });

  test('a quiet retires the mold, starts nothing, and waits for a stop', () => {
    const swarm = booting();
    expect(swarm.event({ type: 'quiet', by: 'SIGUSR1' })).toContainEqual({ type: 'retire', generation: 1 });
    expect(swarm.event(PREPARED)).toEqual([]);
    swarm.pass(100_000);
    expect(swarm.entries.map(({ event }) => event)).toEqual(['quiet']);
    expect(left(swarm.event({ type: 'stop', by: 'SIGTERM' }))).toBe(0);
  });

  test('a restart leads to another generation, but not before anything has been loaded', () => {
    const early = new Simulation();
    expect(early.event(RELOAD)).toEqual([]);
    early.event({ type: 'boot' });
    expect(early.fleet.newestGeneration).toBe(1);

    const swarm = booting();
    swarm.event(RELOAD);
    swarm.event(PREPARED);
    const actions = swarm.event({ type: 'settled', policy: POLICY, announcement: [] });
    expect(started(actions)).toEqual([0, 1, 2]);
    expect(actions).toContainEqual({ type: 'prepare', generation: 2 });
  });

  test('a crash exits with 1', () => {
    expect(left(booting().event({ type: 'crash' }))).toBe(1);
  });
});
