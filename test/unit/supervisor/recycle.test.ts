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

describe('the memory is measured', () => {
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

  test('again at once when a worker has been replaced', () => {
    const swarm = new Simulation({ ...LIMIT, count: 2 }).boot();
    swarm.measure([250, 50]);
    swarm.comeUp(3);
    expect(measurements(swarm)).toBe(1);
    swarm.exit(1);
    expect(measurements(swarm)).toBe(2);
  });

  test('once more where it was being done when a worker had been replaced: those figures are not used', () => {
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

  test('not where there is no limit, and not in a swarm that starts nobody any more', () => {
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

  test('waits for its turn: the largest first, and one at a time', () => {
    const swarm = new Simulation({ ...LIMIT, count: 3 }).boot();
    const order: unknown[] = [];
    swarm.measure([210, 230, 220]);
    for (let replacement = 4; replacement <= 6; replacement += 1) {
      const { slot } = swarm.fleet.workers.find(({ id }) => id === replacement) ?? {};
      order.push(slot);
      expect(swarm.fleet.workers).toHaveLength(4);
      swarm.comeUp(replacement);
      swarm.exit(swarm.worker(slot as number).id);
      // The figures of before are no reason.
      expect(swarm.fleet.workers).toHaveLength(3);
      swarm.measure([210, 230, 220].map((size, each) => (order.includes(each) ? 50 : size)));
    }
    expect(order).toEqual([1, 2, 0]);
  });

  test('has its deadline from the moment at which it is to stop', () => {
    const swarm = new Simulation({ ...LIMIT, count: 1 }).boot();
    swarm.measure([250]);
    swarm.pass(50_000);
    swarm.comeUp(2);
    swarm.pass(24_999);
    expect(signals(swarm.actions)).toEqual(STOPPED(1));
    swarm.pass(1);
    expect(signals(swarm.actions).at(-1)).toEqual([1, 'SIGKILL']);
  });

  test('that grows too large again and again is recycled after 0, 1, 2, 4, … 30 s, and told why', () => {
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
      /\. Within a minute, and 2 times in a row: the limit may be too low for the work$/,
    );
    swarm.pass(60_000);
    // The first was begun before the last replacement was over.
    swarm.measure([250]);
    swarm.measure([250]);
    expect(recycles(swarm).at(-1)?.message).toMatch(/its replacement is ready$/);
  });

  test('that takes no work, or leaves anyway, is left alone', () => {
    const swarm = new Simulation({ ...LIMIT, count: 2 }).boot();
    swarm.tell(1, { type: 'quiet' });
    swarm.tell(2, { type: 'stopping', limited: false });
    expect(started(swarm.measure([250, 250]))).toEqual([]);
  });

  test('is not known to be one before it could be read', () => {
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

  test('that does not come up leaves the old worker in its place, and is tried again later', () => {
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

  test('that the machine refuses leaves the old worker in its place', () => {
    const swarm = replacing();
    expect(started(swarm.event({ type: 'start-failed', workerId: 3, reason: 'ENOMEM' }))).toEqual([]);
    expect(swarm.worker(0)).toMatchObject({ id: 1, state: 'ready' });
    expect(recycles(swarm)).toHaveLength(2);
  });

  test('that is not ready in time is killed, and the old worker stays, even if it was ready in the last moment', () => {
    const swarm = replacing();
    swarm.event({ type: 'started', workerId: 3, pid: 7 });
    swarm.pass(60_000);
    expect(signals(swarm.actions)).toEqual([[3, 'SIGKILL']]);
    swarm.tell(3, { type: 'ready' });
    swarm.exit(3, { signal: 'SIGKILL' });
    expect(signals(swarm.actions)).toEqual([[3, 'SIGKILL']]);
    expect(swarm.fleet.workers.map(({ id }) => id)).toEqual([1, 2]);
  });

  test('of a worker that has ended meanwhile simply is the worker', () => {
    const swarm = replacing();
    expect(started(swarm.exit(1, { code: 1 }))).toEqual([]);
    swarm.comeUp(3);
    expect(signals(swarm.actions)).toEqual([]);
    expect(swarm.fleet.workers.map(({ id, slot }) => [id, slot])).toEqual([
      [2, 1],
      [3, 0],
    ]);
    // And the next may be recycled.
    expect(started(swarm.measure([50, 250]))).toEqual([1]);
  });

  test('of a worker that has failed again and again is there, so nobody waits to be started', () => {
    const swarm = new Simulation({ ...LIMIT, count: 1 }).boot();
    swarm.exit(1, { code: 1 });
    swarm.comeUp(2);
    swarm.measure([250]);
    swarm.exit(2, { code: 1 });
    expect(swarm.fleet.slots[0]?.failures).toBe(2);
    expect(swarm.entries.filter(({ event }) => event === 'worker.backoff')).toEqual([]);
  });

  test('that dies as well then is an empty slot, as any other', () => {
    const swarm = replacing();
    swarm.exit(1, { code: 1 });
    const actions = swarm.exit(3, { code: 1 });
    expect(started(actions)).toEqual([]);
    expect(swarm.entries.at(-1)).toMatchObject({ event: 'worker.backoff', fields: { worker: 0 } });
    swarm.pass(1000);
    expect(swarm.worker(0).state).toBe('starting');
  });

  test('that dies while the old worker still stops: no third one beside it', () => {
    const swarm = replacing();
    swarm.comeUp(3);
    expect(started(swarm.exit(3, { signal: 'SIGKILL' }))).toEqual([]);
    expect(started(swarm.exit(1))).toEqual([0]);
  });

  test('of a worker that is leaving in its own time does not hurry it', () => {
    const swarm = replacing();
    swarm.tell(1, { type: 'stopping', limited: false });
    swarm.comeUp(3);
    expect(signals(swarm.actions)).toEqual([]);
  });

  test('of a worker that hangs is the worker when that has been killed', () => {
    const swarm = new Simulation({ ...LIMIT, count: 1, hangTimeout: 15_000 }).boot();
    swarm.measure([250]);
    swarm.pass(6_000);
    expect(signals(swarm.actions)).toEqual([[1, 'SIGKILL']]);
    expect(started(swarm.exit(1, { signal: 'SIGKILL' }))).toEqual([]);
  });

  test('and a stop: both stop', () => {
    const swarm = replacing();
    swarm.event({ type: 'stop', by: 'SIGTERM' });
    expect(new Set(signals(swarm.actions).map(([worker]) => worker))).toEqual(new Set([1, 2, 3]));
    swarm.exit(1);
    swarm.exit(2);
    expect(left(swarm.exit(3, { signal: 'SIGTERM' }))).toBe(0);
  });

  test('and a quiet: both take no new work, and neither is stopped, as jobs may take longer than a stop allows', () => {
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

  test('recycles its largest worker, by the use of the whole', () => {
    const swarm = new Simulation(FULL).boot();
    swarm.measure([100, 100, 100], 300);
    expect(started(swarm.measure([100, 400, 150], 900))).toEqual([]);
    expect(started(swarm.measure([100, 400, 150], 901))).toEqual([]);
    expect(signals(swarm.actions)).toEqual(STOPPED(2));
  });

  test('has the replacement ready first where there is room for both', () => {
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

  test('stops it first where there is not, and fills the slot when it is empty', () => {
    const swarm = new Simulation(FULL).boot();
    swarm.measure([100, 80, 100], 300);
    expect(started(swarm.measure([100, 400, 150], 921))).toEqual([]);
    expect(signals(swarm.actions)).toEqual(STOPPED(2));
    expect(recycles(swarm)[0]?.message).toMatch(/: it stops first, because there is no room for both$/);
    // No other worker goes in the meantime.
    swarm.measure([500, 100, 150], 990);
    expect(started(swarm.exit(2))).toEqual([1]);
    swarm.measure([500, undefined, 150], 990);
    expect(signals(swarm.actions)).toEqual(STOPPED(2));
    swarm.comeUp(4);
    swarm.measure([500, 80, 150], 990);
    expect(signals(swarm.actions)).toEqual([...STOPPED(2), ...STOPPED(1)]);
  });

  test('goes for a worker above its own limit, too, without room', () => {
    const swarm = new Simulation({ ...FULL, ...LIMIT }).boot();
    swarm.measure([100, 100, 100]);
    swarm.measure([210, 100, 100], 950);
    expect(signals(swarm.actions)).toEqual(STOPPED(1));
  });

  test('recycles nobody for having been large from the beginning, and says so once until it is better', () => {
    const swarm = new Simulation(FULL).boot();
    const reports = () => swarm.entries.filter(({ event }) => event === 'memory');
    for (let look = 0; look < 3; look += 1) swarm.measure([310, 300, 305]);
    expect(recycles(swarm)).toEqual([]);
    expect(reports()).toMatchObject([{ level: 'warn', fields: { bytes: 915 * MB, limit: 1000 * MB } }]);
    expect(reports()[0]?.message).toBe(
      'the swarm uses 915 MB of 1000 MB, and no worker has grown, so none is recycled: ' +
        'give it fewer workers (SWARM_COUNT) or more memory',
    );
    swarm.measure([300, 300, 300], 890);
    swarm.measure([310, 300, 305]);
    expect(reports()).toHaveLength(2);
  });

  test('does not know what a worker needs from one that was not ready, even if it is when that is known', () => {
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
