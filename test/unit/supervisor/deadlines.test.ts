import { describe, expect, test } from 'vitest';
import { afterFailure } from '../../../src/supervisor/backoff.ts';
import { pulseOf } from '../../../src/supervisor/deadlines.ts';
import { type Fleet, newFleet } from '../../../src/supervisor/fleet.ts';
import { slotOf } from '../../../src/supervisor/queries.ts';
import { left, POLICY, Simulation, signals } from './simulation.ts';

const STOP = { type: 'stop', by: 'SIGTERM' } as const;

describe('lateness is judged only after everything that has arrived was handled', () => {
  test('a heartbeat read late does not make workers late whose heartbeats are still unread', () => {
    const swarm = new Simulation({ count: 2, hangTimeout: 10_000 }).boot();
    swarm.now += 60_000;
    swarm.tell(1, { type: 'heartbeat', busy: '', delay: 0, active: 0 });
    swarm.tell(2, { type: 'heartbeat', busy: '', delay: 0, active: 0 });
    swarm.event({ type: 'tick' });
    expect(signals(swarm.actions)).toEqual([]);
    expect(swarm.entries.filter(({ event }) => event === 'worker.hung')).toEqual([]);
  });

  test('a worker that was ready in time is not killed because the message of another worker is read first', () => {
    const swarm = new Simulation({ count: 2 });
    swarm.event({ type: 'boot' });
    swarm.now += 120_000;
    swarm.becomeReady(1);
    swarm.becomeReady(2);
    swarm.event({ type: 'tick' });
    expect(signals(swarm.actions)).toEqual([]);
  });

  test('a worker that exited in time is not killed', () => {
    const swarm = new Simulation({ count: 2 }).boot();
    swarm.event(STOP);
    swarm.now += 30_000;
    swarm.exit(1);
    expect(left(swarm.exit(2))).toBe(0);
    expect(signals(swarm.actions).filter(([, signal]) => signal === 'SIGKILL')).toEqual([]);
  });

  test('a generation that was prepared in time is used', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.event({ type: 'rollout', by: 'SIGUSR2' });
    swarm.now += 120_000;
    swarm.tell(1, { type: 'heartbeat', busy: '', delay: 0, active: 0 });
    swarm.event({ type: 'prepared', generation: 2, preloaded: undefined });
    swarm.event({ type: 'tick' });
    expect(swarm.fleet.workers.map(({ generation }) => generation)).toEqual([1, 2]);
  });

  test('a worker that blocks as soon as it is ready is replaced again and again, because it was proven', () => {
    const swarm = new Simulation({ count: 1, hangTimeout: 1000 });
    swarm.event({ type: 'boot' });
    swarm.comeUp(1);
    expect(signals(swarm.actions)).toEqual([[1, 'SIGKILL']]);
    swarm.exit(1, { signal: 'SIGKILL' });
    expect(swarm.fleet.phase).toBe('running');
  });
});

describe('a mold that is told to fork a worker', () => {
  function forking(): Simulation {
    const swarm = new Simulation({ count: 2 }).boot();
    swarm.exit(1, { signal: 'SIGKILL' });
    swarm.event({ type: 'forking', workerId: 3 });
    return swarm;
  }

  test('has 10 s; after that it is killed, and another mold starts the worker', () => {
    const swarm = forking();
    swarm.pass(9_999);
    expect(signals(swarm.actions)).toEqual([]);
    swarm.pass(1);
    expect(signals(swarm.actions)).toEqual([[3, 'SIGKILL']]);
    expect(swarm.entries.at(-1)).toMatchObject({ event: 'worker.kill', fields: { worker: 0, reason: 'fork' } });
    expect(swarm.entries.at(-1)?.message).toBe(
      'the mold did not fork worker 0 (index 0) within 10 s and is killed; running workers continue',
    );
    swarm.event({ type: 'start-failed', workerId: 3, reason: 'the mold died while it forked' });
    swarm.pass(1000);
    expect(swarm.worker(0)).toMatchObject({ id: 4, state: 'starting' });
  });

  test('is done when the worker has started; the worker then has its usual boot timeout', () => {
    const swarm = forking();
    swarm.pass(9_000);
    swarm.event({ type: 'started', workerId: 3, pid: 7 });
    swarm.pass(50_999);
    expect(signals(swarm.actions)).toEqual([]);
    swarm.pass(1);
    expect(swarm.entries.at(-1)?.message).toContain('was not ready within 60 s (SWARM_BOOT_TIMEOUT)');
  });

  test('gets no extra time from a stop, and a kill then leaves the status at 0', () => {
    const swarm = forking();
    swarm.pass(5000);
    swarm.event(STOP);
    swarm.exit(2);
    swarm.pass(5000);
    expect(signals(swarm.actions).at(-1)).toEqual([3, 'SIGKILL']);
    expect(left(swarm.event({ type: 'start-failed', workerId: 3, reason: 'the mold died while it forked' }))).toBe(0);
  });

  test('never has longer than the deadline of the stop', () => {
    const swarm = new Simulation({ count: 1, timeout: 3000 });
    swarm.event({ type: 'boot' });
    swarm.event({ type: 'forking', workerId: 1 });
    swarm.event(STOP);
    swarm.pass(3000);
    expect(signals(swarm.actions).at(-1)).toEqual([1, 'SIGKILL']);
  });

  test('cannot rearm the deadline with a late message', () => {
    const swarm = forking();
    swarm.pass(10_000);
    swarm.event({ type: 'forking', workerId: 3 });
    swarm.pass(10_000);
    expect(signals(swarm.actions)).toEqual([[3, 'SIGKILL']]);
  });
});

describe('the clock is checked', () => {
  test('often while a deadline is armed, and rarely otherwise', () => {
    const swarm = new Simulation({ count: 2 });
    swarm.event({ type: 'boot' });
    expect(pulseOf(swarm.fleet)).toBe(250);
    for (const { id } of swarm.fleet.workers) swarm.comeUp(id);
    expect(pulseOf(swarm.fleet)).toBe(10_000);
    swarm.event({ type: 'rollout', by: 'SIGUSR2' });
    expect(pulseOf(swarm.fleet)).toBe(250);
    swarm.event({ type: 'unprepared', generation: 2, reason: 'no', failure: undefined, fault: 'code' });
    expect(pulseOf(swarm.fleet)).toBe(10_000);
    swarm.event(STOP);
    expect(pulseOf(swarm.fleet)).toBe(250);
  });

  test('often enough for SWARM_HANG_TIMEOUT', () => {
    expect(pulseOf(new Simulation({ count: 1, hangTimeout: 2000 }).boot().fleet)).toBe(500);
    expect(pulseOf(new Simulation({ count: 1, hangTimeout: 400 }).boot().fleet)).toBe(100);
  });
});

describe('the backoff', () => {
  const fleet: Fleet = newFleet(POLICY);

  function waits(chance: number): number[] {
    let slot = slotOf(fleet, 0);
    return Array.from({ length: 9 }, () => {
      slot = afterFailure(slot, 0, 0, chance);
      return slot.startableAt;
    });
  }

  test('is 0, 1, 2, 4, … 30 s, and never longer', () => {
    expect(waits(0)).toEqual([0, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  test('has jitter, even at its maximum', () => {
    expect(waits(0.5).slice(-2)).toEqual([26_250, 26_250]);
    expect(waits(1)).toEqual([0, 750, 1500, 3000, 6000, 12_000, 22_500, 22_500, 22_500]);
  });
});
