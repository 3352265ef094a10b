import { describe, expect, test } from 'vitest';
import type { Action } from '../../../src/supervisor/actions.ts';
import { left, MB, Simulation, signals, started } from './simulation.ts';

const RELOAD = { type: 'rollout', by: 'SIGUSR2' } as const;

function generations(swarm: Simulation): [slot: number, generation: number, state: string][] {
  return swarm.fleet.workers.map(({ slot, generation, state }) => [slot, generation, state]);
}

function reloads(swarm: Simulation): string[] {
  return swarm.entries.filter(({ event }) => event === 'reload').map(({ level, message }) => `${level} ${message}`);
}

function retired(actions: Action[]): number[] {
  return actions.flatMap((action) => (action.type === 'retire' ? [action.generation] : []));
}

/** Generations after the first that are to be prepared. */
function prepared(actions: Action[]): number[] {
  return actions.flatMap((action) => (action.type === 'prepare' && action.generation > 1 ? [action.generation] : []));
}

/** A rollout of two workers with ids 1 and 2. If it is prepared, the first worker of the new generation has id 3. */
function reloading({ isPrepared = true } = {}): Simulation {
  const swarm = new Simulation({ count: 2 }).boot();
  swarm.event(RELOAD);
  if (isPrepared) swarm.event({ type: 'prepared', generation: 2, preloaded: undefined });
  return swarm;
}

describe('a rollout', () => {
  test('prepares, then replaces one worker at a time, each after its replacement has come up', () => {
    const swarm = reloading({ isPrepared: false });
    expect(prepared(swarm.actions)).toEqual([2]);
    expect(swarm.workers(0)).toHaveLength(1);
    expect(started(swarm.event({ type: 'prepared', generation: 2, preloaded: undefined }))).toEqual([0]);
    expect(signals(swarm.actions)).toEqual([]);
    swarm.pass(1000);
    swarm.comeUp(3);
    expect(retired(swarm.actions)).toEqual([1]);
    expect(signals(swarm.actions).map(([worker]) => worker)).toEqual([1, 1]);
    expect(started(swarm.exit(1))).toEqual([1]);
    swarm.comeUp(4);
    expect(reloads(swarm)).toHaveLength(1);
    swarm.exit(2);
    expect(generations(swarm)).toEqual([
      [0, 2, 'ready'],
      [1, 2, 'ready'],
    ]);
    expect(reloads(swarm)).toEqual([
      'info SIGUSR2: starting generation 2 from the current code; it replaces the workers once it boots',
      'info generation 2 is running: 2 workers renewed in 3 s',
    ]);
  });

  test('gives old workers the usual deadline', () => {
    const swarm = reloading();
    swarm.comeUp(3);
    swarm.pass(25_000);
    expect(signals(swarm.actions).at(-1)).toEqual([1, 'SIGKILL']);
  });

  test('waits for a replacement that is under way', () => {
    const swarm = new Simulation({ count: 2, maxMemory: 200 * MB }).boot();
    swarm.measure([250, 50]);
    swarm.event(RELOAD);
    expect(started(swarm.event({ type: 'prepared', generation: 2, preloaded: undefined }))).toEqual([]);
    swarm.comeUp(3);
    swarm.exit(1);
    // It also waits for figures from after that replacement.
    expect(started(swarm.measure([50, 50]))).toEqual([]);
    expect(started(swarm.measure([50, 50]))).toEqual([1]);
    expect(swarm.fleet.workers.map(({ generation }) => generation)).toEqual([1, 1, 2]);
  });

  test('stops the old worker first if there is no room for both', () => {
    const swarm = new Simulation({ count: 2, memory: 300 * MB }).boot();
    swarm.measure([120, 120]);
    swarm.event(RELOAD);
    swarm.event({ type: 'prepared', generation: 2, preloaded: undefined });
    expect(started(swarm.measure([120, 120]))).toEqual([]);
    expect(signals(swarm.actions).map(([worker]) => worker)).toEqual([1, 1]);
    swarm.exit(1);
    expect(generations(swarm)).toEqual([
      [1, 1, 'ready'],
      [0, 2, 'starting'],
    ]);
    swarm.comeUp(3);
    swarm.measure([120, 120]);
    expect(signals(swarm.actions).at(-1)?.[0]).toBe(2);
  });

  test('assumes that there is room before the first measurement', () => {
    const swarm = new Simulation({ count: 2, memory: 300 * MB }).boot();
    swarm.event(RELOAD);
    swarm.event({ type: 'prepared', generation: 2, preloaded: undefined });
    expect(started(swarm.measure([]))).toEqual([0]);
  });

  test('neither hurries nor waits for a worker that stops without a deadline', () => {
    const swarm = new Simulation({ count: 2 }).boot();
    swarm.tell(1, { type: 'stopping', limited: false });
    swarm.event(RELOAD);
    expect(started(swarm.event({ type: 'prepared', generation: 2, preloaded: undefined }))).toEqual([1]);
    swarm.comeUp(3);
    swarm.exit(2);
    expect(signals(swarm.actions).map(([worker]) => worker)).toEqual([2, 2]);
    swarm.exit(1);
    swarm.comeUp(4);
    expect(reloads(swarm).at(-1)).toMatch(/^info generation 2 is running: /);
  });

  test('requested before any worker is ready waits for a worker to replace', () => {
    const swarm = new Simulation({ count: 1 });
    swarm.event({ type: 'boot' });
    swarm.event(RELOAD);
    expect(started(swarm.event({ type: 'prepared', generation: 2, preloaded: undefined }))).toEqual([]);
    swarm.comeUp(1);
    expect(generations(swarm)).toEqual([
      [0, 1, 'ready'],
      [0, 2, 'starting'],
    ]);
  });

  test('begins in a slot in backoff if no worker is at work, and forgets the failures of the old code', () => {
    const swarm = new Simulation({ count: 2 }).boot();
    for (const id of [1, 2]) swarm.exit(id, { code: 1 });
    for (const id of [3, 4]) swarm.exit(id, { code: 1 });
    expect(swarm.fleet.workers).toEqual([]);
    swarm.event(RELOAD);
    expect(started(swarm.event({ type: 'prepared', generation: 2, preloaded: undefined }))).toEqual([0]);
    swarm.comeUp(5);
    expect(generations(swarm)).toEqual([
      [0, 2, 'ready'],
      [1, 2, 'starting'],
    ]);
  });
});

describe('a failed rollout', () => {
  const STAY = 'The workers stay as they are; fix this, then restart again';

  test('that cannot be prepared reports the error with its stack, and leaves the workers alone', () => {
    const swarm = reloading({ isPrepared: false });
    const failure = { module: 'pg', while: 'preloading', message: 'Error: no', stack: 'Error: no\n  at' } as const;
    const actions = swarm.event({
      type: 'unprepared',
      generation: 2,
      reason: 'preloading pg failed: Error: no',
      failure,
      fault: 'code',
    });
    expect(actions.filter(({ type }) => type === 'report')).toEqual([{ type: 'report', failure }]);
    expect([retired(actions), started(actions), signals(actions)]).toEqual([[2], [], []]);
    expect(reloads(swarm).at(-1)).toBe(`error generation 2 failed: preloading pg failed: Error: no. ${STAY}`);
  });

  test('that takes too long to prepare ignores a late outcome', () => {
    const swarm = reloading({ isPrepared: false });
    swarm.pass(59_999);
    expect(retired(swarm.actions)).toEqual([]);
    swarm.pass(1);
    expect(retired(swarm.actions)).toEqual([2]);
    expect(reloads(swarm).at(-1)).toBe(
      `error generation 2 failed: preloading took longer than 60 s (SWARM_BOOT_TIMEOUT). ${STAY}`,
    );
    // The late outcome.
    expect(swarm.event({ type: 'prepared', generation: 2, preloaded: undefined })).toEqual([]);
  });

  test.each<[string, (swarm: Simulation) => void, RegExp]>([
    ['exits', (swarm) => swarm.exit(3, { code: 3 }), /: its first worker exited with status 3\. /],
    [
      'throws',
      (swarm) => {
        const failure = { module: '/a.js', while: 'loading', message: 'Error: no', stack: '' } as const;
        swarm.tell(3, { type: 'failed', failure });
        swarm.exit(3, { code: 1 });
      },
      /: its first worker failed while loading \/a\.js: Error: no\. /,
    ],
    [
      'is never ready',
      (swarm) => {
        swarm.pass(60_000);
        swarm.exit(3, { signal: 'SIGKILL' });
      },
      /: its first worker was not ready within 60 s \(SWARM_BOOT_TIMEOUT\)\. /,
    ],
    [
      'cannot be started',
      (swarm) => swarm.event({ type: 'start-failed', workerId: 3, reason: 'EAGAIN' }),
      /: its first worker could not be started \(EAGAIN\)\. /,
    ],
  ])('whose first worker %s leaves the other workers alone, and the next rollout can begin', (_what, fail, why) => {
    const swarm = reloading();
    if (!why.source.includes('started')) swarm.event({ type: 'started', workerId: 3, pid: 103 });
    fail(swarm);
    expect(reloads(swarm).at(-1)).toMatch(why);
    expect(reloads(swarm).filter((line) => line.startsWith('error'))).toHaveLength(1);
    expect(retired(swarm.actions)).toEqual([2]);
    expect(generations(swarm)).toEqual([
      [0, 1, 'ready'],
      [1, 1, 'ready'],
    ]);
    expect(signals(swarm.actions).filter(([worker]) => worker !== 3)).toEqual([]);
    expect(prepared(swarm.event(RELOAD))).toEqual([3]);
    expect(started(swarm.event({ type: 'prepared', generation: 3, preloaded: undefined }))).toEqual([0]);
  });

  test('immediately gives the slot back to the old generation if its old worker has died in the meantime', () => {
    const swarm = reloading();
    swarm.exit(1, { code: 1 });
    swarm.exit(3, { code: 1 });
    expect(generations(swarm)).toEqual([
      [1, 1, 'ready'],
      [0, 1, 'starting'],
    ]);
  });

  test('shows an error again even if an earlier rollout has shown it', () => {
    const swarm = reloading();
    const failure = { module: '/a.js', while: 'loading', message: 'Error: no', stack: 'Error: no' } as const;
    for (const [generation, worker] of [
      [2, 3],
      [3, 4],
    ] as const) {
      swarm.event({ type: 'prepared', generation, preloaded: undefined });
      swarm.event({ type: 'started', workerId: worker, pid: 100 + worker });
      swarm.tell(worker, { type: 'failed', failure });
      swarm.exit(worker, { code: 1 });
      swarm.event(RELOAD);
    }
    expect(swarm.actions.filter(({ type }) => type === 'report')).toHaveLength(2);
  });
});

describe('a worker that dies during a rollout is replaced', () => {
  test('from the old generation until the first worker of the new one has come up', () => {
    const swarm = reloading();
    swarm.exit(2, { code: 1 });
    expect(generations(swarm)).toEqual([
      [0, 1, 'ready'],
      [0, 2, 'starting'],
      [1, 1, 'starting'],
    ]);
  });

  test('from the new generation afterwards, even if its first worker has since died', () => {
    const swarm = reloading();
    swarm.comeUp(3);
    swarm.exit(3, { code: 1 });
    swarm.exit(2, { code: 1 });
    swarm.exit(1);
    expect(generations(swarm)).toEqual([
      [1, 2, 'starting'],
      [0, 2, 'starting'],
    ]);
  });

  test('after a backoff if it is a new worker that did not come up; the old one stays until then', () => {
    const swarm = reloading();
    swarm.comeUp(3);
    swarm.exit(1);
    swarm.event({ type: 'started', workerId: 4, pid: 104 });
    swarm.exit(4, { code: 1 });
    expect(swarm.workers(1).map(({ id }) => id)).toEqual([2]);
    expect(reloads(swarm).at(-1)).toMatch(/^error worker 1 .* stays: its replacement did not become ready\. /);
    swarm.pass(1000);
    expect(swarm.workers(1).map(({ id }) => id)).toEqual([2, 5]);
    swarm.comeUp(5);
    swarm.exit(2);
    expect(reloads(swarm).at(-1)).toMatch(/^info generation 2 is running: /);
  });
});

describe('another signal', () => {
  test('while the first worker boots leads to one more rollout, even if it is repeated', () => {
    const swarm = reloading();
    for (let times = 0; times < 3; times += 1) expect(prepared(swarm.event(RELOAD))).toEqual([]);
    expect(reloads(swarm)).toHaveLength(2);
    swarm.comeUp(3);
    expect(prepared(swarm.actions)).toEqual([2, 3]);
    swarm.exit(1);
    swarm.comeUp(4);
    swarm.exit(2);
    swarm.event({ type: 'prepared', generation: 3, preloaded: undefined });
    expect(prepared(swarm.actions)).toEqual([2, 3]);
    expect(swarm.fleet.workers.map(({ generation }) => generation)).toEqual([2, 2, 3]);
  });

  test('leads to one more rollout even if the current one fails', () => {
    const swarm = reloading({ isPrepared: false });
    swarm.event(RELOAD);
    swarm.event({ type: 'unprepared', generation: 2, reason: 'no', failure: undefined, fault: 'code' });
    expect(prepared(swarm.actions)).toEqual([2, 3]);
  });

  test('while the other workers are replaced skips straight to the newest generation', () => {
    const swarm = reloading();
    swarm.comeUp(3);
    swarm.event(RELOAD);
    swarm.event({ type: 'prepared', generation: 3, preloaded: undefined });
    swarm.exit(1);
    expect(generations(swarm)).toEqual([
      [1, 1, 'ready'],
      [0, 2, 'ready'],
      [1, 3, 'starting'],
    ]);
    swarm.comeUp(4);
    swarm.exit(2);
    swarm.comeUp(5);
    swarm.exit(3);
    expect(generations(swarm)).toEqual([
      [1, 3, 'ready'],
      [0, 3, 'ready'],
    ]);
    expect(retired(swarm.actions)).toEqual([1, 2]);
    expect(reloads(swarm).filter((line) => line.includes('is running'))).toHaveLength(1);
  });
});

describe('a rollout ends', () => {
  test.each([false, true])('with TERM, and all workers stop (prepared: %s)', (isPrepared) => {
    const swarm = reloading({ isPrepared });
    const actions = swarm.event({ type: 'stop', by: 'SIGTERM' });
    expect(retired(actions)).toEqual([2]);
    for (const { id } of swarm.fleet.workers) swarm.exit(id, { signal: 'SIGTERM' });
    expect(left(swarm.actions)).toBe(0);
  });

  test('with a quiet, and no worker is started', () => {
    const swarm = reloading({ isPrepared: false });
    expect(retired(swarm.event({ type: 'quiet', by: 'SIGUSR1' }))).toEqual([2]);
    expect(swarm.event({ type: 'prepared', generation: 2, preloaded: undefined })).toEqual([]);
    expect(reloads(swarm).at(-1)).toBe('info generation 2 is abandoned: swarm starts no more workers');
    expect(prepared(swarm.event(RELOAD))).toEqual([]);
    expect(reloads(swarm).at(-1)).toMatch(/^warn SIGUSR2: nothing is replaced, /);
  });
});
