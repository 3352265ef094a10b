import { describe, expect, test } from 'vitest';
import { left, MB, Simulation, signals, started } from './simulation.ts';

const RELOAD = { type: 'rollout', by: 'SIGUSR2' } as const;
const STOPPED = (worker: number) => [
  [worker, 'SIGTERM'],
  [worker, 'SIGCONT'],
];

function failures(swarm: Simulation): string[] {
  return swarm.entries.filter(({ level }) => level === 'error').map(({ message }) => message);
}

/** A rollout of two workers, which listen if `listening`. The first worker of generation 2 has id 3. */
function reloading({ listening = false } = {}): Simulation {
  const swarm = new Simulation({ count: 2 }).boot();
  if (listening) for (const { id } of swarm.fleet.workers) swarm.tell(id, { type: 'listening', on: true });
  swarm.event(RELOAD);
  swarm.event({ type: 'prepared', generation: 2, preloaded: undefined });
  return swarm;
}

describe('a generation takes over', () => {
  test('once its first worker has been ready for a second', () => {
    const swarm = reloading();
    swarm.becomeReady(3);
    swarm.pass(999);
    expect(signals(swarm.actions)).toEqual([]);
    expect(swarm.fleet.generation).toBe(1);
    swarm.pass(1);
    expect(signals(swarm.actions)).toEqual(STOPPED(1));
    expect(swarm.fleet.generation).toBe(2);
  });

  test('slot by slot: each later worker must be ready for a second before the old one stops', () => {
    const swarm = reloading();
    swarm.comeUp(3);
    swarm.exit(1);
    swarm.becomeReady(4);
    swarm.pass(999);
    expect(signals(swarm.actions)).toEqual(STOPPED(1));
    swarm.pass(1);
    expect(signals(swarm.actions)).toEqual([...STOPPED(1), ...STOPPED(2)]);
  });

  test.each<[string, (swarm: Simulation) => void, string]>([
    ['exits', (swarm) => swarm.exit(3, { code: 1 }), 'exited with status 1 within a second of being ready'],
    ['exits with 0', (swarm) => swarm.exit(3, { code: 0 }), 'exited with status 0 within a second of being ready'],
    [
      'aborts',
      (swarm) => swarm.exit(3, { signal: 'SIGABRT' }),
      'was killed by SIGABRT within a second of being ready: it aborted, and its stderr says why',
    ],
    [
      'reports a failure',
      (swarm) => {
        const failure = { module: '/a.js', while: 'loading', message: 'Error: no', stack: '' } as const;
        swarm.tell(3, { type: 'failed', failure });
        swarm.exit(3, { code: 1 });
      },
      'failed while loading /a.js: Error: no',
    ],
  ])('but not if its first worker %s within that second', (_what, fail, why) => {
    const swarm = reloading();
    swarm.becomeReady(3);
    swarm.pass(900);
    fail(swarm);
    expect(failures(swarm).at(-1)).toBe(
      `generation 2 failed: its first worker ${why}. The workers stay as they are; fix this, then restart again`,
    );
    expect(swarm.fleet.workers.map(({ id, state }) => [id, state])).toEqual([
      [1, 'ready'],
      [2, 'ready'],
    ]);
    expect(swarm.fleet.lastRollout?.failure).toBe(`its first worker ${why}`);
  });

  test('only once its first worker listens on PORT, if the predecessor does', () => {
    const swarm = reloading({ listening: true });
    swarm.comeUp(3);
    swarm.pass(5000);
    expect(signals(swarm.actions)).toEqual([]);
    swarm.tell(3, { type: 'listening', on: true });
    expect(signals(swarm.actions)).toEqual(STOPPED(1));
  });

  test('but not if its first worker does not listen within the boot timeout: it stops, and the old one stays', () => {
    const swarm = reloading({ listening: true });
    swarm.comeUp(3);
    swarm.pass(58_999);
    expect(signals(swarm.actions)).toEqual([]);
    swarm.pass(1);
    expect(signals(swarm.actions)).toEqual(STOPPED(3));
    expect(started(swarm.exit(3))).toEqual([]);
    expect(failures(swarm).at(-1)).toMatch(
      /^generation 2 failed: its first worker does not listen on PORT, as its predecessor does\. /,
    );
    expect(swarm.fleet.workers.map(({ id }) => id)).toEqual([1, 2]);
  });

  test('but not if its first worker does not listen, even if the predecessor has died in the meantime', () => {
    const swarm = reloading({ listening: true });
    swarm.comeUp(3);
    swarm.exit(1, { code: 1 });
    swarm.pass(60_000);
    swarm.exit(3);
    expect(swarm.worker(0)).toMatchObject({ generation: 1, state: 'starting' });
    expect(swarm.fleet.generation).toBe(1);
  });

  test('with a first worker that does not listen, if the predecessor did not', () => {
    const swarm = reloading();
    swarm.comeUp(3);
    expect(swarm.fleet.generation).toBe(2);
  });
});

describe('a recycled worker', () => {
  function recycling(): Simulation {
    const swarm = new Simulation({ count: 1, maxMemory: 200 * MB }).boot();
    swarm.tell(1, { type: 'listening', on: true });
    swarm.measure([250]);
    return swarm;
  }

  test('stops when its replacement is proven and listens', () => {
    const swarm = recycling();
    swarm.tell(2, { type: 'listening', on: true });
    swarm.becomeReady(2);
    swarm.pass(999);
    expect(signals(swarm.actions)).toEqual([]);
    swarm.pass(1);
    expect(signals(swarm.actions)).toEqual(STOPPED(1));
  });

  test('stays if its replacement exits within that second, and another is tried later', () => {
    const swarm = recycling();
    swarm.becomeReady(2);
    swarm.exit(2, { code: 1 });
    expect(failures(swarm)).toEqual([
      'worker 0 (index 0, pid 101) stays: its replacement ended within a second of being ready. swarm tries another later',
    ]);
    swarm.pass(1000);
    swarm.measure([250]);
    expect(swarm.workers(0)).toHaveLength(2);
  });

  test('stays if its replacement does not listen', () => {
    const swarm = recycling();
    swarm.comeUp(2);
    swarm.pass(60_000);
    expect(signals(swarm.actions)).toEqual(STOPPED(2));
    swarm.exit(2);
    expect(failures(swarm)).toEqual([
      'worker 0 (index 0, pid 101) stays: its replacement does not listen on PORT, as its predecessor does. ' +
        'swarm tries another later',
    ]);
    expect(swarm.workers(0).map(({ id }) => id)).toEqual([1]);
  });

  test('that exits in the meantime leaves its slot to a replacement that does not listen', () => {
    const swarm = recycling();
    swarm.becomeReady(2);
    swarm.exit(1, { signal: 'SIGKILL' });
    swarm.pass(120_000);
    expect(signals(swarm.actions)).toEqual([]);
    expect(swarm.fleet.replacing).toBeUndefined();
  });
});

describe('a swarm gives up with status 1', () => {
  test('if each slot fails before any worker is proven', () => {
    const swarm = new Simulation({ count: 2 });
    swarm.event({ type: 'boot' });
    swarm.becomeReady(1);
    swarm.becomeReady(2);
    swarm.exit(1, { code: 1 });
    swarm.exit(2, { code: 0 });
    expect(failures(swarm)).toEqual([
      'giving up: each of the 2 workers failed before it had been ready for a second; the lines before say why',
    ]);
    swarm.event({ type: 'started', workerId: 3, pid: 9 });
    expect(left(swarm.exit(3, { signal: 'SIGTERM' }))).toBe(1);
  });

  test('but never once a worker was proven', () => {
    const swarm = new Simulation({ count: 2 });
    swarm.event({ type: 'boot' });
    swarm.comeUp(1);
    for (let deaths = 0; deaths < 5; deaths += 1) {
      for (const { id } of swarm.fleet.workers) swarm.exit(id, { code: 1 });
      swarm.pass(60_000);
    }
    expect(swarm.fleet.phase).toBe('running');
  });

  test.each<[string, (swarm: Simulation, worker: number) => void]>([
    ['ended by TERM', (swarm, worker) => swarm.exit(worker, { signal: 'SIGTERM' })],
    ['ended by INT', (swarm, worker) => swarm.exit(worker, { signal: 'SIGINT' })],
    ['killed by another sender', (swarm, worker) => swarm.exit(worker, { signal: 'SIGKILL' })],
    [
      'told to stop',
      (swarm, worker) => {
        swarm.tell(worker, { type: 'stopping', limited: true });
        swarm.exit(worker);
      },
    ],
  ])('but never once ready workers were %s', (_what, end) => {
    const swarm = new Simulation({ count: 2 });
    swarm.event({ type: 'boot' });
    for (const worker of [1, 2]) {
      swarm.becomeReady(worker);
      end(swarm, worker);
    }
    // For example, they lost their database and asked to be replaced, and their successors cannot reach it either.
    for (let deaths = 0; deaths < 3; deaths += 1) {
      for (const { id } of swarm.fleet.workers) swarm.exit(id, { code: 1 });
      swarm.pass(30_000);
    }
    expect(swarm.fleet.phase).toBe('running');
    expect(swarm.fleet.workers).toHaveLength(2);
  });

  test('if the system refuses to start a worker three times in a row in each slot', () => {
    const swarm = new Simulation({ count: 2 });
    swarm.event({ type: 'boot' });
    const refuse = () => {
      for (const { id } of swarm.fleet.workers) {
        swarm.event({ type: 'start-failed', workerId: id, reason: 'EAGAIN' });
      }
    };
    refuse();
    swarm.pass(1000);
    refuse();
    expect(swarm.fleet.phase).toBe('running');
    swarm.pass(2000);
    refuse();
    expect(failures(swarm)).toContain(
      'giving up: each of the 2 workers could not be started, three times in a row; the lines before say why',
    );
    expect(left(swarm.actions)).toBe(1);
  });

  test('but not if one of three attempts succeeds', () => {
    const swarm = new Simulation({ count: 1 });
    swarm.event({ type: 'boot' });
    const refuse = () => {
      swarm.event({ type: 'start-failed', workerId: swarm.worker(0).id, reason: 'EAGAIN' });
      swarm.pass(30_000);
    };
    refuse();
    refuse();
    swarm.event({ type: 'started', workerId: swarm.worker(0).id, pid: 7 });
    swarm.exit(swarm.worker(0).id, { signal: 'SIGTERM' });
    swarm.pass(30_000);
    refuse();
    refuse();
    expect(swarm.fleet.phase).toBe('running');
  });
});
