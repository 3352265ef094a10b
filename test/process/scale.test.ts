import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ask, command } from '../support/control.ts';
import { Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';

test('32 workers boot and stop, and no message is lost', async () => {
  const swarm = new Swarm(['-r', './jobs.mjs'], {
    env: { COUNT: '32', JOB_MS: '100', SWARM_LOG_LEVEL: 'debug' },
  });
  await swarm.event('worker.ready', 32);
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
  const everybody = Array.from({ length: 32 }, (_, slot) => slot);
  for (const event of ['worker.start', 'worker.ready', 'worker.stop', 'worker.quiet', 'worker.exit']) {
    const heard = swarm.events(event).map(({ worker }) => worker as number);
    expect(heard.sort((a, b) => a - b)).toEqual(everybody);
  }
  expect(swarm.said('stopped')).toHaveLength(32);
  expect(swarm.said('done')).toHaveLength(swarm.said('begin').length);
  expect(swarm.processes()).toEqual([]);
});

describe('swarm scale', () => {
  async function scalable(count: string) {
    const SWARM_SOCKET = join(await temporaryDirectory(), 'socket');
    const swarm = new Swarm(['-r', './jobs.mjs'], { env: { COUNT: count, JOB_MS: '20', SWARM_SOCKET } });
    await swarm.event('worker.ready', Number(count));
    const run = async (...args: string[]) => {
      const { exitCode, stdout, stderr } = await command(args, { SWARM_SOCKET });
      return [exitCode, stdout + stderr];
    };
    return { swarm, run, SWARM_SOCKET };
  }

  test('runs more and fewer workers, and no job is lost', async () => {
    const { swarm, run } = await scalable('2');
    const instead = (workers: string, before: number) => [
      0,
      `The swarm (pid ${swarm.pid}) has ${workers} instead of ${before}.`,
    ];
    expect(await run('scale', '6')).toEqual(instead('6 workers', 2));
    expect(swarm.events('worker.ready').map(({ worker, index }) => [worker, index])).toEqual(
      expect.arrayContaining([0, 1, 2, 3, 4, 5].map((slot) => [slot, slot])),
    );
    expect(await run('scale', '-5')).toEqual(instead('1 worker', 6));
    expect(new Set(swarm.events('worker.exit').map(({ worker, status }) => `${worker} ${status}`))).toEqual(
      new Set(['1 0', '2 0', '3 0', '4 0', '5 0']),
    );
    expect(await run('scale', '+1')).toEqual(instead('2 workers', 1));
    expect(await run('restart')).toEqual([0, `The swarm (pid ${swarm.pid}) runs generation 2: 2 workers renewed.`]);
    expect(swarm.events('scale').map(({ level, msg }) => [level, msg])).toEqual([
      ['info', 'swarm scale: 6 workers instead of 2'],
      ['info', 'swarm scale: 1 worker instead of 6'],
      ['info', 'swarm scale: 2 workers instead of 1'],
    ]);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
    expect(swarm.said('done')).toHaveLength(swarm.said('begin').length);
  });

  test('rejects an invalid number of workers, and fails on a swarm that is quiet', async () => {
    const { swarm, run, SWARM_SOCKET } = await scalable('2');
    const refusal = (count: number) => [
      1,
      `swarm: ${count} is not a number of workers: the swarm has 2, and can have 1 to 1000.`,
    ];
    expect(await run('scale', '0')).toEqual(refusal(0));
    expect(await run('scale', '-2')).toEqual(refusal(0));
    expect(await run('scale', '+999')).toEqual(refusal(1001));
    for (const path of ['/scale/many', '/scale/', '/scale/1e3']) {
      expect(await ask(SWARM_SOCKET, 'POST', path)).toMatchObject({ code: 400 });
    }
    expect(await ask(SWARM_SOCKET, 'POST', 'constructor')).toMatchObject({ code: 404 });
    for (const args of [[], ['many'], ['1.5']]) {
      expect(await run('scale', ...args)).toEqual([
        64,
        expect.stringMatching(/^swarm: give the number of workers, as in/),
      ]);
    }
    expect(await run('scale', '2')).toEqual([0, `The swarm (pid ${swarm.pid}) has 2 workers instead of 2.`]);
    swarm.signal('SIGUSR1');
    await swarm.event('quiet');
    expect(await run('scale', '3')).toEqual([1, 'swarm: the swarm is quiet: it cannot be scaled now.']);
    expect(swarm.events('scale')).toEqual([]);
  });
});
