import { describe, expect, test } from 'vitest';
import type { Entry } from '../../../src/log/logger.ts';
import { left, MB, Simulation, signals, started } from './simulation.ts';

const LIMIT = { maxMemory: 200 * MB } as const;
const STOPPED = (worker: number) => [
  [worker, 'SIGTERM'],
  [worker, 'SIGCONT'],
];

function recycles(swarm: Simulation): Entry[] {
  return swarm.entries.filter(({ event }) => event === 'worker.recycle');
}

function measurements(swarm: Simulation): number {
  return swarm.actions.filter(({ type }) => type === 'measure').length;
}

describe('memory is measured', () => {
  test('every 10 s, but not while a measurement is under way', () => {
    const swarm = new Simulation(LIMIT).boot();
    swarm.pass(8_999);
    expect(measurements(swarm)).toBe(0);
    swarm.pass(100_000);
    expect(measurements(swarm)).toBe(1);
    swarm.measure([]);
    swarm.pass(9_999);
    expect(measurements(swarm)).toBe(1);
    swarm.pass(1);
    expect(measurements(swarm)).toBe(2);
  });

  test('again immediately after a worker was replaced', () => {
    const swarm = new Simulation({ ...LIMIT, count: 2 }).boot();
    swarm.measure([250, 50]);
    swarm.comeUp(3);
    expect(measurements(swarm)).toBe(1);
    swarm.exit(1);
    expect(measurements(swarm)).toBe(2);
  });

  test('again if a worker was replaced during a measurement, whose figures are not used', () => {
    const swarm = new Simulation({ ...LIMIT, count: 2 }).boot();
    swarm.measure([250, 220]);
    swarm.comeUp(3);
    swarm.pass(10_001);
    swarm.exit(1);
    expect(measurements(swarm)).toBe(2);
    expect(started(swarm.measure([50, 220]))).toEqual([]);
    expect(measurements(swarm)).toBe(3);
    expect(started(swarm.measure([50, 220]))).toEqual([1]);
  });

  test('but not without a limit, and not in a quiet swarm', () => {
    const unlimited = new Simulation().boot();
    unlimited.pass(60_000);
    expect(measurements(unlimited)).toBe(0);
    const quiet = new Simulation(LIMIT).boot();
    quiet.event({ type: 'quiet', by: 'SIGUSR1' });
    quiet.pass(60_000);
    expect(measurements(quiet)).toBe(0);
  });
});

describe('a worker above SWARM_MAXMEM_MB', () => {
  test('stops when its replacement is ready, in the same slot', () => {
    const swarm = new Simulation({ ...LIMIT, count: 2 }).boot();
    expect(started(swarm.measure([50, 200]))).toEqual([]);
    const actions = swarm.measure([50, 201]);
    expect(started(actions)).toEqual([1]);
    expect(signals(actions)).toEqual([]);
    swarm.comeUp(3);
    expect(signals(swarm.actions)).toEqual(STOPPED(2));
    expect(started(swarm.exit(2))).toEqual([]);
    expect(swarm.workers(1).map(({ id, state }) => [id, state])).toEqual([[3, 'ready']]);
    expect(recycles(swarm)).toMatchObject([
      { level: 'warn', fields: { worker: 1, reason: 'worker', bytes: 201 * MB, limit: 200 * MB } },
    ]);
    expect(recycles(swarm)[0]?.message).toBe(
      'worker 1 (index 1, pid 102) uses 201 MB, more than 200 MB (SWARM_MAXMEM_MB): it stops when its replacement is ready',
    );
  });

  test('is reported once, however often it is measured', () => {
    const swarm = new Simulation({ ...LIMIT, count: 1 }).boot();
    for (let look = 0; look < 5; look += 1) swarm.measure([250]);
    swarm.comeUp(2);
    for (let look = 0; look < 5; look += 1) swarm.measure([250]);
    expect(recycles(swarm)).toHaveLength(1);
    expect(swarm.workers(0)).toHaveLength(2);
  });

  test('waits for its turn: largest first, one at a time', () => {
    const swarm = new Simulation({ ...LIMIT, count: 3 }).boot();
    const order: unknown[] = [];
    swarm.measure([210, 230, 220]);
    for (let replacement = 4; replacement <= 6; replacement += 1) {
      const { slot } = swarm.fleet.workers.find(({ id }) => id === replacement) ?? {};
      order.push(slot);
      expect(swarm.fleet.workers).toHaveLength(4);
      swarm.comeUp(replacement);
      swarm.exit(swarm.worker(slot as number).id);
      // Figures from before the replacement do not count.
      expect(swarm.fleet.workers).toHaveLength(3);
      swarm.measure([210, 230, 220].map((size, each) => (order.includes(each) ? 50 : size)));
    }
    expect(order).toEqual([1, 2, 0]);
  });

  test('has its deadline from the moment it is told to stop', () => {
    const swarm = new Simulation({ ...LIMIT, count: 1 }).boot();
    swarm.measure([250]);
    swarm.pass(50_000);
    swarm.comeUp(2);
    swarm.pass(24_999);
    expect(signals(swarm.actions)).toEqual(STOPPED(1));
    swarm.pass(1);
    expect(signals(swarm.actions).at(-1)).toEqual([1, 'SIGKILL']);
  });

  test('that grows too large repeatedly is recycled after 0, 1, 2, 4, … 30 s, and the log says why', () => {
    const swarm = new Simulation({ ...LIMIT, count: 1, memoryInterval: 100 }).boot();
    const begins = Array.from({ length: 10 }, () => {
      const old = swarm.worker(0).id;
      for (let looks = 0; looks < 1000 && swarm.workers(0).length < 2; looks += 1) swarm.measure([250]);
      const begin = swarm.now;
      swarm.comeUp(old + 1);
      swarm.exit(old);
      return begin;
    });
    const waits = begins.slice(1).map((begin, position) => Math.round((begin - (begins[position] ?? 0)) / 1000));
    // The first two are as long as a replacement takes to come up.
    expect(waits).toEqual([1, 1, 2, 4, 8, 16, 30, 30, 30]);
    expect(recycles(swarm)[1]?.message).toMatch(
      /\. Slot 0 has been recycled 2 times in a row, this time after less than a minute: the limit may be too low for the work$/,
    );
    swarm.pass(60_000);
    // The first measurement began before the last replacement ended.
    swarm.measure([250]);
    swarm.measure([250]);
    expect(recycles(swarm).at(-1)?.message).toMatch(/its replacement is ready$/);
  });

  test('that is quiet or stopping is left alone', () => {
    const swarm = new Simulation({ ...LIMIT, count: 2 }).boot();
    swarm.tell(1, { type: 'quiet' });
    swarm.tell(2, { type: 'stopping', limited: false });
    expect(started(swarm.measure([250, 250]))).toEqual([]);
  });

  test('is not recycled before its memory can be read', () => {
    const swarm = new Simulation({ ...LIMIT, count: 1 }).boot();
    swarm.measure([undefined]);
    expect(recycles(swarm)).toEqual([]);
  });
});

describe('a replacement', () => {
  function replacing(): Simulation {
    const swarm = new Simulation({ ...LIMIT, count: 2 }).boot();
    swarm.measure([250, 50]);
    return swarm;
  }

  test('that does not come up leaves the old worker in place, and another is tried later', () => {
    const swarm = replacing();
    swarm.event({ type: 'started', workerId: 3, pid: 7 });
    const actions = swarm.exit(3, { code: 1 });
    expect([started(actions), signals(actions)]).toEqual([[], []]);
    expect(swarm.worker(0)).toMatchObject({ id: 1, state: 'ready' });
    expect(recycles(swarm).at(-1)).toMatchObject({ level: 'error', fields: { worker: 0, pid: 101, reason: 'boot' } });
    expect(recycles(swarm).at(-1)?.message).toBe(
      'worker 0 (index 0, pid 101) stays: its replacement did not become ready. swarm tries another later',
    );
    expect(started(swarm.measure([250, 50]))).toEqual([]);
    swarm.pass(10_000);
    expect(swarm.workers(0).map(({ id }) => id)).toEqual([1, 4]);
    expect(recycles(swarm)).toHaveLength(2);
  });

  test('that the system refuses to start leaves the old worker in place', () => {
    const swarm = replacing();
    expect(started(swarm.event({ type: 'start-failed', workerId: 3, reason: 'ENOMEM' }))).toEqual([]);
    expect(swarm.worker(0)).toMatchObject({ id: 1, state: 'ready' });
    expect(recycles(swarm)).toHaveLength(2);
  });

  test('that is not ready in time is killed, even if it becomes ready just then, and the old worker stays', () => {
    const swarm = replacing();
    swarm.event({ type: 'started', workerId: 3, pid: 7 });
    swarm.pass(60_000);
    expect(signals(swarm.actions)).toEqual([[3, 'SIGKILL']]);
    swarm.tell(3, { type: 'ready' });
    swarm.exit(3, { signal: 'SIGKILL' });
    expect(signals(swarm.actions)).toEqual([[3, 'SIGKILL']]);
    expect(swarm.fleet.workers.map(({ id }) => id)).toEqual([1, 2]);
  });

  test('of a worker that has since exited is simply the worker', () => {
    const swarm = replacing();
    expect(started(swarm.exit(1, { code: 1 }))).toEqual([]);
    swarm.comeUp(3);
    expect(signals(swarm.actions)).toEqual([]);
    expect(swarm.fleet.workers.map(({ id, slot }) => [id, slot])).toEqual([
      [2, 1],
      [3, 0],
    ]);
    // The next worker can be recycled.
    expect(started(swarm.measure([50, 250]))).toEqual([1]);
  });

  test('of a worker that fails repeatedly is already there, so its slot needs no backoff', () => {
    const swarm = new Simulation({ ...LIMIT, count: 1 }).boot();
    swarm.exit(1, { code: 1 });
    swarm.comeUp(2);
    swarm.measure([250]);
    swarm.exit(2, { code: 1 });
    expect(swarm.fleet.slots[0]?.failures).toBe(2);
    expect(swarm.entries.filter(({ event }) => event === 'worker.backoff')).toEqual([]);
  });

  test('that dies after its predecessor leaves an ordinary empty slot', () => {
    const swarm = replacing();
    swarm.exit(1, { code: 1 });
    const actions = swarm.exit(3, { code: 1 });
    expect(started(actions)).toEqual([]);
    expect(swarm.entries.at(-1)).toMatchObject({ event: 'worker.backoff', fields: { worker: 0 } });
    swarm.pass(1000);
    expect(swarm.worker(0).state).toBe('starting');
  });

  test('that dies while the old worker is still stopping is not followed by a third worker', () => {
    const swarm = replacing();
    swarm.comeUp(3);
    expect(started(swarm.exit(3, { signal: 'SIGKILL' }))).toEqual([]);
    expect(started(swarm.exit(1))).toEqual([0]);
  });

  test('does not hurry a worker that stops without a deadline', () => {
    const swarm = replacing();
    swarm.tell(1, { type: 'stopping', limited: false });
    swarm.comeUp(3);
    expect(signals(swarm.actions)).toEqual([]);
  });

  test('of a hung worker is the worker once that has been killed', () => {
    const swarm = new Simulation({ ...LIMIT, count: 1, hangTimeout: 15_000 }).boot();
    swarm.measure([250]);
    swarm.pass(6_000);
    expect(signals(swarm.actions)).toEqual([[1, 'SIGKILL']]);
    expect(started(swarm.exit(1, { signal: 'SIGKILL' }))).toEqual([]);
  });

  test('stops with its predecessor at a stop', () => {
    const swarm = replacing();
    swarm.event({ type: 'stop', by: 'SIGTERM' });
    expect(new Set(signals(swarm.actions).map(([worker]) => worker))).toEqual(new Set([1, 2, 3]));
    swarm.exit(1);
    swarm.exit(2);
    expect(left(swarm.exit(3, { signal: 'SIGTERM' }))).toBe(0);
  });

  test('goes quiet with its predecessor, and neither is stopped, because jobs can take longer than a stop allows', () => {
    const swarm = replacing();
    swarm.event({ type: 'started', workerId: 3, pid: 7 });
    swarm.event({ type: 'quiet', by: 'SIGUSR1' });
    swarm.tell(3, { type: 'online' });
    swarm.tell(3, { type: 'ready' });
    expect(signals(swarm.actions)).toEqual([1, 2, 3].map((worker) => [worker, 'SIGTSTP']));
    expect(started(swarm.exit(3, { code: 1 }))).toEqual([]);
  });
});

describe('a swarm above 90 % of SWARM_MEMORY_MB', () => {
  const FULL = { memory: 1000 * MB, count: 3 } as const;

  test('recycles its largest worker', () => {
    const swarm = new Simulation(FULL).boot();
    swarm.measure([100, 100, 100], 300);
    expect(started(swarm.measure([100, 400, 150], 900))).toEqual([]);
    expect(started(swarm.measure([100, 400, 150], 901))).toEqual([]);
    expect(signals(swarm.actions)).toEqual(STOPPED(2));
  });

  test('starts the replacement first if there is room for both', () => {
    const swarm = new Simulation(FULL).boot();
    swarm.measure([100, 80, 100], 300);
    expect(started(swarm.measure([100, 400, 150], 920))).toEqual([1]);
    expect(signals(swarm.actions)).toEqual([]);
    expect(recycles(swarm)).toMatchObject([
      { fields: { worker: 1, reason: 'swarm', bytes: 920 * MB, limit: 1000 * MB } },
    ]);
    expect(recycles(swarm)[0]?.message).toBe(
      'worker 1 (index 1, pid 102) uses 400 MB, the most of all workers, and the swarm uses 920 MB of 1000 MB (SWARM_MEMORY_MB): ' +
        'it stops when its replacement is ready',
    );
  });

  test('stops the worker first if there is no room for both, and then fills the empty slot', () => {
    const swarm = new Simulation(FULL).boot();
    swarm.measure([100, 80, 100], 300);
    expect(started(swarm.measure([100, 400, 150], 921))).toEqual([]);
    expect(signals(swarm.actions)).toEqual(STOPPED(2));
    expect(recycles(swarm)[0]?.message).toMatch(/: it stops first, because there is no room for both$/);
    // No other worker stops in the meantime.
    swarm.measure([500, 100, 150], 990);
    expect(started(swarm.exit(2))).toEqual([1]);
    swarm.measure([500, undefined, 150], 990);
    expect(signals(swarm.actions)).toEqual(STOPPED(2));
    swarm.comeUp(4);
    swarm.measure([500, 80, 150], 990);
    expect(signals(swarm.actions)).toEqual([...STOPPED(2), ...STOPPED(1)]);
  });

  test('also stops a worker above SWARM_MAXMEM_MB first if there is no room for both', () => {
    const swarm = new Simulation({ ...FULL, ...LIMIT }).boot();
    swarm.measure([100, 100, 100]);
    swarm.measure([210, 100, 100], 950);
    expect(signals(swarm.actions)).toEqual(STOPPED(1));
  });

  test('recycles no worker that was large from the start, and logs that once until memory use has dropped', () => {
    const swarm = new Simulation(FULL).boot();
    const reports = () => swarm.entries.filter(({ event }) => event === 'memory');
    for (let look = 0; look < 3; look += 1) swarm.measure([310, 300, 305]);
    expect(recycles(swarm)).toEqual([]);
    expect(reports()).toMatchObject([{ level: 'warn', fields: { bytes: 915 * MB, limit: 1000 * MB } }]);
    expect(reports()[0]?.message).toBe(
      'the swarm uses 915 MB of 1000 MB, and no worker has grown, so none is recycled: ' +
        'run fewer workers (SWARM_COUNT), or give the swarm more memory',
    );
    swarm.measure([300, 300, 300], 890);
    swarm.measure([310, 300, 305]);
    expect(reports()).toHaveLength(2);
  });

  test('ignores the size of a worker that was not ready when measured, even if it is ready when the figures arrive', () => {
    const swarm = new Simulation(FULL);
    swarm.event({ type: 'boot' });
    swarm.measure([1, 1, 1], 3);
    swarm.pass(10_001);
    for (const { id } of swarm.fleet.workers) swarm.comeUp(id);
    swarm.measure([1, 1, 1], 3);
    swarm.measure([310, 300, 305]);
    expect(recycles(swarm)).toEqual([]);
  });
});
