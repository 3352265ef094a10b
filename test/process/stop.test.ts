import { describe, expect, test } from 'vitest';
import { Swarm } from '../support/swarm.ts';

const CLEAN = { code: 0, signal: null };

describe('TERM', () => {
  test('to all processes, three times, while jobs run: every current job is finished', async () => {
    const swarm = new Swarm(['-r', './jobs.mjs'], { env: { COUNT: '4', JOB_MS: '300' } });
    await swarm.heard('begin', 4);
    await swarm.event('worker.ready', 4);
    for (let burst = 0; burst < 3; burst += 1) {
      swarm.signalAll('SIGTERM');
    }
    expect(await swarm.exited).toEqual(CLEAN);
    expect(jobs(swarm, 'done')).toEqual(jobs(swarm, 'begin'));
    expect(swarm.said('stopped')).toHaveLength(4);
    expect(swarm.processes()).toEqual([]);
  });

  test('to the supervisor only reaches all workers, and the supervisor exits last', async () => {
    const swarm = new Swarm(['-r', './jobs.mjs'], { env: { COUNT: '3', JOB_MS: '100' } });
    await swarm.event('worker.ready', 3);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    expect(jobs(swarm, 'done')).toEqual(jobs(swarm, 'begin'));
    const order = swarm.log.map(({ event }) => event).filter((event) => event !== 'boot' && !/start|ready/.test(event));
    expect(order).toEqual(['stop', 'worker.exit', 'worker.exit', 'worker.exit', 'stopped']);
  });

  test('ends a worker that has neither the API nor handlers, as in plain Node', async () => {
    const swarm = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '2' } });
    await swarm.event('worker.ready', 2);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    expect(swarm.events('worker.exit').map(({ signal }) => signal)).toEqual(['SIGTERM', 'SIGTERM']);
  });

  test('lets a worker with its own handlers finish', async () => {
    const swarm = new Swarm(['-r', './own-handler.mjs'], { env: { COUNT: '2' } });
    await swarm.event('worker.ready', 2);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    expect(swarm.said('finishing')).toHaveLength(2);
    expect(swarm.said('finished')).toHaveLength(2);
    expect(swarm.events('worker.exit').map(({ status }) => status)).toEqual([0, 0]);
  });

  test('reaches a suspended worker', async () => {
    const swarm = new Swarm(['-r', './jobs.mjs'], { env: { COUNT: '1', JOB_MS: '10' } });
    const { pid } = await swarm.event('worker.ready');
    process.kill(pid as number, 'SIGSTOP');
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    expect(swarm.said('stopped')).toHaveLength(1);
  });

  test('during boot loses no worker and no job', async () => {
    const swarm = new Swarm(['-r', './jobs.mjs'], { env: { COUNT: '8' } });
    await swarm.event('worker.start', 3);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    expect(swarm.events('worker.exit')).toHaveLength(swarm.events('worker.start').length);
    expect(jobs(swarm, 'done')).toEqual(jobs(swarm, 'begin'));
    expect(swarm.processes()).toEqual([]);
  });

  test('during backoff prevents the next start', async () => {
    const swarm = new Swarm(['-r', './crashes-in-slot-1.mjs'], { env: { COUNT: '2' } });
    await swarm.event('worker.backoff', 2);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    expect(swarm.log.at(-1)?.event).toBe('stopped');
    const stop = swarm.log.findIndex(({ event }) => event === 'stop');
    expect(swarm.log.slice(stop).filter(({ event }) => event === 'worker.start')).toEqual([]);
  });
});

describe('the deadline', () => {
  test('kills and names a worker that ignores TERM; the others stop in time, and the status is 1', async () => {
    const env = { COUNT: '3', SWARM_TIMEOUT: '3', STUBBORN: '1' };
    const swarm = new Swarm(['-r', './stubborn.mjs'], { env });
    await swarm.event('worker.ready', 3);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 1, signal: null });
    const [kill, ...others] = swarm.events('worker.kill');
    expect(others).toEqual([]);
    expect(kill).toMatchObject({ level: 'error', worker: 1, index: 1, reason: 'timeout' });
    expect(kill?.msg).toMatch(
      /^worker 1 \(index 1, pid \d+\) did not stop within 3 s of TERM \(SWARM_TIMEOUT\) and is killed: /,
    );
    const order = swarm.log
      .filter(({ event }) => /exit|kill/.test(event))
      .map(({ event, worker }) => `${event} ${worker}`);
    expect(order.slice(0, 2).sort()).toEqual(['worker.exit 0', 'worker.exit 2']);
    expect(order.slice(2)).toEqual(['worker.kill 1', 'worker.exit 1']);
  });

  test('names what the worker was waiting for', async () => {
    const swarm = new Swarm(['-r', './slow-close.mjs'], { env: { COUNT: '1', SWARM_TIMEOUT: '2' } });
    await swarm.event('worker.ready');
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 1, signal: null });
    expect(swarm.events('worker.kill')[0]?.msg).toContain('busy with MailQueue to close');
  });

  test('reports that the event loop was blocked', async () => {
    const swarm = new Swarm(['-r', './blocked.mjs'], { env: { COUNT: '1', SWARM_TIMEOUT: '7' } });
    await swarm.heard('blocking');
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 1, signal: null });
    expect(swarm.events('worker.kill')[0]?.msg).toMatch(/its event loop has been blocked for \d/);
  });
});

describe('INT', () => {
  test('stops like TERM', async () => {
    const swarm = new Swarm(['-r', './jobs.mjs'], { env: { COUNT: '2', JOB_MS: '100' } });
    await swarm.event('worker.ready', 2);
    swarm.signalAll('SIGINT');
    expect(await swarm.exited).toEqual(CLEAN);
    expect(jobs(swarm, 'done')).toEqual(jobs(swarm, 'begin'));
  });
});

describe('hooks', () => {
  test('run in order: quiet, services that take work, services they use, onStop from the last; one that fails stops no other', async () => {
    const swarm = new Swarm(['-r', './hooks.mjs'], { env: { COUNT: '1' } });
    await swarm.event('worker.ready');
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    const steps = swarm.said('hook').map((line) => line.split(' ').slice(2).join(' '));
    expect(steps).toEqual(['quiet', 'worker stops', 'exported client closes', 'stop 2', 'stop 1']);
    expect(swarm.errors.join('\n')).toContain('onStop(broken) failed: Error: this hook is broken');
  });

  test('a worker that only watches stopSignal ends when it has finished', async () => {
    const swarm = new Swarm(['-r', './watches-signal.mjs'], { env: { COUNT: '1' } });
    await swarm.heard('begin');
    await swarm.event('worker.ready');
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    // The onStop hook ran long before, and did not cut off the work.
    expect(swarm.said('stopped')).toHaveLength(1);
    expect(swarm.said('end')).toHaveLength(1);
  });
});

function jobs(swarm: Swarm, word: 'begin' | 'done'): string[] {
  return swarm
    .said(word)
    .map((line) => line.slice(word.length + 1))
    .sort();
}
