import { describe, expect, test } from 'vitest';
import { left, questions, Simulation, signals, started } from './simulation.ts';

const TERM = { type: 'stop', by: 'SIGTERM' } as const;
const QUIET = { type: 'quiet', by: 'SIGUSR1' } as const;
const INTERRUPT = { type: 'interrupt' } as const;
const FAILURE = { module: '/app/jobs.js', while: 'loading', message: 'Error: no', stack: 'Error: no\n at x' } as const;

describe('boot', () => {
  test('fills every slot', () => {
    const swarm = new Simulation({ count: 3 });
    expect(started(swarm.event({ type: 'boot' }))).toEqual([0, 1, 2]);
  });

  test('starts nothing if TERM came first', () => {
    const swarm = new Simulation();
    swarm.fleet = { ...swarm.fleet, phase: 'stopping' };
    const actions = swarm.event({ type: 'boot' });
    expect(started(actions)).toEqual([]);
    expect(left(actions)).toBe(0);
  });

  test('kills a worker that is not ready within the boot timeout, and starts another', () => {
    const swarm = new Simulation({ count: 2 }).boot();
    swarm.exit(1, { signal: 'SIGKILL' });
    const { id } = swarm.worker(0);
    swarm.event({ type: 'started', workerId: id, pid: 7 });
    swarm.pass(60_000);
    expect(signals(swarm.actions).at(-1)).toEqual([id, 'SIGKILL']);
    swarm.exit(id, { signal: 'SIGKILL' });
    swarm.pass(1000);
    expect(swarm.worker(0).state).toBe('starting');
  });

  test('gives up with status 1 if each slot fails before any worker is ready', () => {
    const swarm = new Simulation({ count: 2 });
    swarm.event({ type: 'boot' });
    swarm.exit(1, { code: 1 });
    expect(swarm.fleet.phase).toBe('running');
    swarm.exit(2, { code: 1 });
    expect(swarm.fleet.phase).toBe('stopping');
    // The first slot was refilled immediately.
    swarm.event({ type: 'started', workerId: 3, pid: 9 });
    expect(left(swarm.exit(3, { signal: 'SIGTERM' }))).toBe(1);
  });

  test('does not give up once a worker was proven', () => {
    const swarm = new Simulation({ count: 2 });
    swarm.event({ type: 'boot' });
    swarm.comeUp(1);
    swarm.exit(2, { code: 1 });
    swarm.exit(1, { code: 1 });
    expect(swarm.fleet.phase).toBe('running');
  });

  test('does not give up if the system refuses to start processes', () => {
    const swarm = new Simulation({ count: 2 });
    swarm.event({ type: 'boot' });
    swarm.event({ type: 'start-failed', workerId: 1, reason: 'EAGAIN' });
    swarm.event({ type: 'start-failed', workerId: 2, reason: 'EAGAIN' });
    expect(swarm.fleet.phase).toBe('running');
    expect(swarm.fleet.workers).toEqual([]);
    swarm.pass(1000);
    expect(swarm.fleet.workers.map(({ slot }) => slot)).toEqual([0, 1]);
  });

  test('shows the same application error once', () => {
    const swarm = new Simulation({ count: 3 });
    swarm.event({ type: 'boot' });
    swarm.tell(1, { type: 'failed', failure: FAILURE });
    swarm.tell(2, { type: 'failed', failure: FAILURE });
    swarm.tell(3, { type: 'failed', failure: { ...FAILURE, stack: 'another' } });
    expect(swarm.actions.filter(({ type }) => type === 'report')).toHaveLength(2);
    expect(swarm.entries.filter(({ event }) => event === 'worker.failed')).toHaveLength(3);
  });
});

describe('a worker that dies', () => {
  test('is replaced immediately the first time, then after 1, 2, 4, 8, 16, 30, 30 seconds', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    const waits = [0, 1, 2, 4, 8, 16, 30, 30].map((seconds) => {
      swarm.exit(swarm.worker(0).id, { code: 1 });
      const before = swarm.now;
      while (swarm.fleet.workers.length === 0) swarm.pass(100);
      swarm.becomeReady(swarm.worker(0).id);
      return [seconds, Math.round((swarm.now - before) / 1000)];
    });
    for (const [expected, actual] of waits) expect(actual).toBe(expected);
  });

  test('is replaced immediately again after a healthy minute', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.exit(1, { code: 1 });
    swarm.becomeReady(2);
    swarm.pass(60_000);
    expect(started(swarm.exit(2, { code: 1 }))).toEqual([0]);
  });

  test('is replaced immediately each time it was told to stop', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    for (let id = 1; id <= 5; id += 1) {
      swarm.tell(id, { type: 'stopping', limited: true });
      expect(started(swarm.exit(id))).toEqual([0]);
      swarm.becomeReady(id + 1);
    }
  });

  test('is no longer listened to', () => {
    const swarm = new Simulation({ count: 1 });
    swarm.event({ type: 'boot' });
    swarm.exit(1, { code: 1 });
    swarm.tell(1, { type: 'ready' });
    expect(swarm.entries.filter(({ event }) => event === 'worker.ready')).toEqual([]);
  });
});

describe('stop', () => {
  test('forwards TERM, continues suspended workers, and exits after the last worker', () => {
    const swarm = new Simulation({ count: 2 }).boot();
    expect(signals(swarm.event(TERM))).toEqual([
      [1, 'SIGTERM'],
      [1, 'SIGCONT'],
      [2, 'SIGTERM'],
      [2, 'SIGCONT'],
    ]);
    expect(left(swarm.exit(1))).toBeUndefined();
    expect(left(swarm.exit(2))).toBe(0);
  });

  test('has no effect when repeated, and does not move the deadline', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.event(TERM);
    swarm.pass(24_000);
    expect(swarm.event(TERM)).toEqual([]);
    swarm.pass(1000);
    expect(signals(swarm.actions).at(-1)).toEqual([1, 'SIGKILL']);
  });

  test('names and kills workers that are still running at the deadline, with status 1', () => {
    const swarm = new Simulation({ count: 2 }).boot();
    swarm.event(TERM);
    swarm.exit(1);
    swarm.pass(24_999);
    expect(signals(swarm.actions)).not.toContainEqual([2, 'SIGKILL']);
    swarm.tell(2, { type: 'heartbeat', busy: 'BullMQ to close', delay: 0, active: 0 });
    swarm.pass(1);
    expect(signals(swarm.actions)).toContainEqual([2, 'SIGKILL']);
    expect(swarm.entries.at(-1)).toMatchObject({
      event: 'worker.kill',
      fields: { worker: 1, busy: 'it was busy with BullMQ to close' },
    });
    expect(left(swarm.exit(2, { signal: 'SIGKILL' }))).toBe(1);
  });

  test('reaches a worker whose process does not exist yet', () => {
    const swarm = new Simulation({ count: 1 });
    swarm.event({ type: 'boot' });
    // The spawner holds the signal until the process exists, or does not start it.
    expect(signals(swarm.event(TERM))).toContainEqual([1, 'SIGTERM']);
    expect(signals(swarm.event({ type: 'started', workerId: 1, pid: 7 }))).toEqual([]);
  });

  test('during a backoff starts nothing', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.exit(1, { code: 1 });
    swarm.becomeReady(2);
    swarm.exit(2, { code: 1 });
    expect(left(swarm.event(TERM))).toBe(0);
    expect(started(swarm.event({ type: 'tick' }))).toEqual([]);
  });

  test('gives a deadline to a worker that is stopping without one', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.tell(1, { type: 'stopping', limited: false });
    for (let minute = 0; minute < 60; minute += 1) {
      swarm.pass(60_000);
      swarm.tell(1, { type: 'heartbeat', busy: '', delay: 0, active: 0 });
    }
    expect(signals(swarm.actions)).toEqual([]);
    swarm.event(TERM);
    swarm.pass(25_000);
    expect(signals(swarm.actions).at(-1)).toEqual([1, 'SIGKILL']);
  });

  test('of a single worker arms its deadline too', () => {
    const swarm = new Simulation({ count: 2 }).boot();
    swarm.tell(1, { type: 'stopping', limited: true });
    swarm.pass(25_000);
    expect(signals(swarm.actions)).toEqual([[1, 'SIGKILL']]);
    expect(started(swarm.exit(1, { signal: 'SIGKILL' }))).toEqual([0]);
  });
});

describe('interrupt', () => {
  test('stops the first time and, in a terminal, kills the second time', () => {
    const swarm = new Simulation({ count: 1, interactive: true }).boot();
    expect(signals(swarm.event(INTERRUPT))).toContainEqual([1, 'SIGTERM']);
    swarm.pass(1000);
    expect(signals(swarm.event(INTERRUPT))).toEqual([[1, 'SIGKILL']]);
    expect(left(swarm.exit(1, { signal: 'SIGKILL' }))).toBe(1);
  });

  test('counts once if it arrives twice within a second', () => {
    const swarm = new Simulation({ count: 1, interactive: true }).boot();
    swarm.event(INTERRUPT);
    swarm.pass(999);
    expect(swarm.event(INTERRUPT)).toEqual([]);
  });

  test('kills no worker without a terminal', () => {
    const swarm = new Simulation({ count: 1, interactive: false }).boot();
    swarm.event(INTERRUPT);
    swarm.pass(5000);
    expect(swarm.event(INTERRUPT)).toEqual([]);
  });
});

describe('HUP', () => {
  const HANG_UP = { type: 'rollout', by: 'SIGHUP' } as const;

  test('from a closed terminal stops the swarm', () => {
    const swarm = new Simulation({ count: 1, interactive: true }).boot();
    expect(signals(swarm.event(HANG_UP))).toContainEqual([1, 'SIGTERM']);
  });

  test('otherwise starts a rollout', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    const actions = swarm.event(HANG_UP);
    expect(actions.filter(({ type }) => type !== 'log')).toEqual([{ type: 'prepare', generation: 2 }]);
    expect(swarm.fleet.phase).toBe('running');
  });
});

describe('quiet', () => {
  test('is forwarded as TSTP, once', () => {
    const swarm = new Simulation({ count: 2 }).boot();
    expect(signals(swarm.event(QUIET))).toEqual([
      [1, 'SIGTSTP'],
      [2, 'SIGTSTP'],
    ]);
    expect(swarm.event(QUIET)).toEqual([]);
  });

  test('waits until a starting worker can take it without being suspended', () => {
    const swarm = new Simulation({ count: 1 });
    swarm.event({ type: 'boot' });
    swarm.event({ type: 'started', workerId: 1, pid: 7 });
    expect(signals(swarm.event(QUIET))).toEqual([]);
    expect(signals(swarm.tell(1, { type: 'online' }))).toEqual([[1, 'SIGTSTP']]);
  });

  test('starts no more workers, not even for one that dies', () => {
    const swarm = new Simulation({ count: 2 }).boot();
    swarm.event(QUIET);
    expect(started(swarm.exit(1, { code: 1 }))).toEqual([]);
    swarm.pass(600_000);
    expect(swarm.fleet.workers.map(({ id }) => id)).toEqual([2]);
    swarm.event(TERM);
    expect(left(swarm.exit(2))).toBe(0);
  });

  test('keeps the supervisor running after all workers have left, until it is stopped', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.event(QUIET);
    expect(left(swarm.exit(1))).toBeUndefined();
    expect(left(swarm.event(TERM))).toBe(0);
  });

  test('has no effect after TERM', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.event(TERM);
    expect(swarm.event(QUIET)).toEqual([]);
  });
});

describe('a blocked event loop', () => {
  test('is reported once, after half a minute', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.pass(29_999);
    expect(swarm.entries.filter(({ event }) => event === 'worker.hung')).toHaveLength(0);
    swarm.pass(600_000);
    expect(swarm.entries.filter(({ event }) => event === 'worker.hung')).toHaveLength(1);
    expect(signals(swarm.actions)).toEqual([]);
  });

  test('gets one request for a snapshot, and the snapshot is no sign of life', () => {
    const swarm = new Simulation({ count: 1, hangTimeout: 40_000 }).boot();
    swarm.pass(29_999);
    expect(questions(swarm.actions)).toEqual([]);
    swarm.pass(1);
    expect(questions(swarm.actions)).toEqual([1]);
    const stack = 'spin (/app/jobs.js:3:5)';
    swarm.tell(1, { type: 'snapshot', snapshot: 'busy with nothing', stack });
    expect(swarm.entries.at(-1)).toMatchObject({ event: 'worker.snapshot', fields: { stack } });
    swarm.pass(9_999);
    expect(signals(swarm.actions)).toEqual([]);
    swarm.pass(1);
    expect(signals(swarm.actions)).toEqual([[1, 'SIGKILL']]);
    expect(questions(swarm.actions)).toEqual([1]);
  });

  test('is logged with what the worker was busy with at its last heartbeat', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.tell(1, { type: 'heartbeat', busy: 'Worker mail: job 42', delay: 0, active: 0 });
    swarm.pass(31_000);
    const stack = 'spin (/app/jobs.js:3:5)';
    swarm.tell(1, { type: 'blocked', state: 'event loop blocked for 29 s', stack });
    expect(swarm.entries.at(-1)).toMatchObject({ event: 'worker.snapshot', fields: { stack } });
    expect(swarm.entries.at(-1)?.message).toMatch(
      /: busy with Worker mail: job 42 31 s ago; event loop blocked for 29 s$/,
    );
    swarm.pass(10_000);
    expect(swarm.entries.filter(({ event }) => event === 'worker.hung')).toHaveLength(1);
  });

  test('is reported again after it has recovered', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    swarm.pass(40_000);
    swarm.tell(1, { type: 'heartbeat', busy: '', delay: 0, active: 0 });
    swarm.pass(40_000);
    expect(swarm.entries.filter(({ event }) => event === 'worker.hung')).toHaveLength(2);
  });

  test('is killed and replaced after SWARM_HANG_TIMEOUT', () => {
    const swarm = new Simulation({ count: 1, hangTimeout: 10_000 }).boot();
    swarm.pass(9_999);
    swarm.tell(1, { type: 'heartbeat', busy: '', delay: 0, active: 0 });
    swarm.pass(9_999);
    expect(signals(swarm.actions)).toEqual([]);
    swarm.pass(1);
    expect(signals(swarm.actions)).toEqual([[1, 'SIGKILL']]);
    expect(started(swarm.exit(1, { signal: 'SIGKILL' }))).toEqual([0]);
  });

  test('is not mistaken for a slow boot', () => {
    const swarm = new Simulation({ count: 1, hangTimeout: 10_000 });
    swarm.event({ type: 'boot' });
    swarm.event({ type: 'started', workerId: 1, pid: 7 });
    swarm.pass(59_999);
    expect(signals(swarm.actions)).toEqual([]);
  });
});
