import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { application } from '../support/application.ts';
import { moldOf, moldsOf, untilStopped } from '../support/proc.ts';
import { kill } from '../support/processes.ts';
import { Swarm } from '../support/swarm.ts';

/** A short boot timeout, so that swarm soon gives up on a mold that does not fork. */
const FORK = { SWARM_MODE: 'fork', SWARM_BOOT_TIMEOUT: '8', SWARM_TIMEOUT: '3' };

/** A swarm whose mold is suspended. */
async function withStoppedMold(count: number): Promise<{ swarm: Swarm; mold: number; pids: number[] }> {
  const swarm = new Swarm(['-r', './idle.mjs'], { env: { ...FORK, COUNT: String(count) } });
  await swarm.event('worker.ready', count);
  const mold = moldOf(swarm);
  kill(mold, 'SIGSTOP');
  await untilStopped(swarm, mold);
  return { swarm, mold, pids: swarm.events('worker.ready').map(({ pid }) => pid as number) };
}

describe('a mold that does not answer', () => {
  test('is killed and replaced, and the slot is filled', async () => {
    const { swarm, mold, pids } = await withStoppedMold(2);
    kill(pids[0] as number, 'SIGKILL');
    await swarm.event('worker.ready', 3);
    expect(swarm.events('mold.exit')).toMatchObject([{ signal: 'SIGKILL' }]);
    expect(moldsOf(swarm)).not.toContain(mold);
    expect(moldsOf(swarm)).toHaveLength(1);
    // The other worker is unaffected.
    expect(swarm.events('worker.exit').map(({ pid }) => pid)).toEqual([pids[0]]);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
    expect(swarm.processes()).toEqual([]);
  });

  test('is killed and replaced even if all slots wait for it', async () => {
    const { swarm, pids } = await withStoppedMold(3);
    for (const pid of pids) kill(pid, 'SIGKILL');
    await swarm.event('worker.ready', 6);
    expect(moldsOf(swarm)).toHaveLength(1);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
  });

  test('does not keep a stop from finishing', async () => {
    const { swarm, pids } = await withStoppedMold(2);
    kill(pids[0] as number, 'SIGKILL');
    await swarm.event('worker.exit');
    swarm.signal('SIGTERM');
    expect((await swarm.exited).signal).toBe(null);
    expect(swarm.events('stopped')).toHaveLength(1);
    expect(swarm.processes()).toEqual([]);
  });

  test('is killed when the swarm stops, even if no worker needed it', async () => {
    const { swarm } = await withStoppedMold(1);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
    expect(swarm.processes()).toEqual([]);
  });

  test('is killed when its generation is replaced', async () => {
    const { swarm, mold } = await withStoppedMold(1);
    swarm.signal('SIGUSR2');
    await swarm.until('the next generation', () =>
      swarm.events('reload').some(({ msg }) => msg.startsWith('generation 2 is running')),
    );
    await swarm.processesAre('one mold', () => moldsOf(swarm).length === 1);
    expect(moldsOf(swarm)).not.toContain(mold);
  });

  test('fails only the rolling restart if it never finishes preloading', async () => {
    const module = "import 'shared'; setInterval(() => {}, 60_000);";
    const directory = await application({ 'jobs.mjs': module, 'node_modules/shared/index.js': '' });
    const reached = join(directory, 'reached');
    const swarm = new Swarm(['-r', './jobs.mjs'], { env: { ...FORK, COUNT: '1' }, cwd: directory });
    await swarm.event('worker.ready');
    const first = moldOf(swarm);
    // The next mold suspends itself while it preloads.
    writeFileSync(
      join(directory, 'node_modules/shared/index.js'),
      `require('fs').writeFileSync(${JSON.stringify(reached)}, ''); process.kill(process.pid, 'SIGSTOP');`,
    );
    swarm.signal('SIGUSR2');
    await swarm.until('a failed restart', () => swarm.events('reload').some(({ level }) => level === 'error'));
    expect(existsSync(reached)).toBe(true);
    await swarm.processesAre('one mold', () => moldsOf(swarm).length === 1);
    expect(moldOf(swarm)).toBe(first);
    kill(swarm.events('worker.ready')[0]?.pid as number, 'SIGKILL');
    await swarm.event('worker.ready', 2);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
  });
});
