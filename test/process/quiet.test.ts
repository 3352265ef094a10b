import { describe, expect, test } from 'vitest';
import { MODE, Swarm } from '../support/swarm.ts';

describe.each(['SIGUSR1', 'SIGTSTP'] as const)('%s', (signal) => {
  test('to the supervisor: workers finish their current job and take no new one, and no worker is started any more', async () => {
    const swarm = new Swarm(['-r', './jobs.mjs', '-r', './silent.mjs'], { env: { COUNT: '2', JOB_MS: '100' } });
    await swarm.event('worker.ready', 2);
    swarm.signal(signal);
    await swarm.event('worker.quiet', 2);
    await swarm.heard('quiet', 2);
    expect(swarm.events('quiet')).toHaveLength(1);

    const { pid } = await swarm.event('worker.ready');
    process.kill(pid as number, 'SIGKILL');
    await swarm.event('worker.exit');
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
    expect(swarm.events('worker.start')).toHaveLength(2);
    // The surviving worker began no job after it was quiet.
    const after = swarm.lines.slice(swarm.lines.findLastIndex((line) => line.startsWith('quiet ')));
    expect(after.filter((line) => line.startsWith('begin '))).toEqual([]);
  });

  test('keeps the supervisor waiting for a stop when all workers have ended', async () => {
    const swarm = new Swarm(['-r', './jobs.mjs'], { env: { COUNT: '2', JOB_MS: '10' } });
    await swarm.event('worker.ready', 2);
    swarm.signal(signal);
    // Without work nothing keeps their event loops alive.
    await swarm.event('worker.exit', 2);
    // In fork mode the mold is also left. It leaves with the supervisor.
    const left = MODE === 'fork' ? 2 : 1;
    await swarm.processesAre('the supervisor', (pids) => pids.length === left);
    swarm.signal('SIGTERM');
    expect((await swarm.event('stopped')).status).toBe(0);
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
  });

  test('to all processes, several times, is harmless', async () => {
    const swarm = new Swarm(['-r', './jobs.mjs'], { env: { COUNT: '2', JOB_MS: '50' } });
    await swarm.event('worker.ready', 2);
    for (let burst = 0; burst < 3; burst += 1) swarm.signalAll(signal);
    await swarm.heard('quiet', 2);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
    expect(swarm.said('quiet')).toHaveLength(2);
    expect(swarm.said('done').sort().map(rest)).toEqual(swarm.said('begin').sort().map(rest));
  });

  test('during boot suspends no process', async () => {
    const swarm = new Swarm(['-r', './jobs.mjs'], { env: { COUNT: '4' } });
    await swarm.event('worker.start', 1);
    swarm.signal(signal);
    await swarm.event('worker.quiet', swarm.events('worker.start').length);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
  });
});

test('TTIN to the supervisor has no effect', async () => {
  const swarm = new Swarm(['-r', './jobs.mjs'], { env: { COUNT: '1' } });
  await swarm.event('worker.ready');
  swarm.signal('SIGTTIN');
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
});

describe('USR2 to a worker', () => {
  test('lets it finish without a deadline, then swarm replaces it', async () => {
    const swarm = new Swarm(['-r', './jobs.mjs'], { env: { COUNT: '1', JOB_MS: '1500', SWARM_TIMEOUT: '1' } });
    const { pid } = await swarm.event('worker.ready');
    await swarm.heard('begin');
    process.kill(pid as number, 'SIGUSR2');
    const replacement = await swarm.event('worker.ready', 2);
    expect(replacement).toMatchObject({ worker: 0 });
    expect(swarm.events('worker.kill')).toEqual([]);
    expect(swarm.said('stopped')).toHaveLength(1);
  });

  test('ends a worker that does not use the API', async () => {
    const swarm = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '1' } });
    const { pid } = await swarm.event('worker.ready');
    process.kill(pid as number, 'SIGUSR2');
    await swarm.event('worker.ready', 2);
    expect(swarm.events('worker.backoff')).toEqual([]);
  });
});

function rest(line: string): string {
  return line.split(' ').slice(1).join(' ');
}
