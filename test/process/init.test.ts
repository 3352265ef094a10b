import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { has } from '../support/needs.ts';
import { childrenOf, commandOf } from '../support/proc.ts';
import { kill } from '../support/processes.ts';
import { Swarm } from '../support/swarm.ts';

/** Runs a command as PID 1, as a container does. Killing unshare kills the command. */
const CONTAINER = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];

describe.runIf(has('root', 'swarm as PID 1'))('swarm as PID 1', () => {
  /** The swarm, and its pid outside the namespace. */
  async function start(...modules: string[]): Promise<{ swarm: Swarm; init: number }> {
    const args = modules.flatMap((module) => ['-r', module]);
    const swarm = new Swarm(args, { env: { COUNT: '2', JOB_MS: '20' }, prefix: CONTAINER });
    await swarm.event('worker.ready', 2);
    const [init] = childrenOf(swarm.pid);
    return { swarm, init: init as number };
  }

  test('reaps orphans of the jobs', async () => {
    const { swarm, init } = await start('./jobs.mjs', './leaves-orphan.mjs');
    const orphans = () => childrenOf(init).filter((pid) => commandOf(pid).startsWith('sleep'));
    await swarm.processesAre('two orphans', () => orphans().length === 2);
    for (const pid of orphans()) {
      kill(pid, 'SIGKILL');
      // A zombie would still be in /proc.
      await swarm.processesAre('the orphan reaped', () => !existsSync(`/proc/${pid}`));
    }
    // A worker is not an orphan: swarm reports its exit, and replaces it.
    const [worker] = childrenOf(init).filter((pid) => commandOf(pid).startsWith('swarm worker'));
    kill(worker as number, 'SIGKILL');
    expect(await swarm.event('worker.exit')).toMatchObject({ signal: 'SIGKILL' });
    await swarm.event('worker.ready', 3);
    kill(init, 'SIGTERM');
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('stops on %s', async (signal) => {
    const { swarm, init } = await start('./jobs.mjs');
    kill(init, signal);
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
    expect(swarm.events('stop')[0]).toMatchObject({ signal });
    expect(swarm.said('done').length).toBe(swarm.said('begin').length);
  });

  test('becomes quiet on SIGUSR1', async () => {
    const { swarm, init } = await start('./jobs.mjs');
    kill(init, 'SIGUSR1');
    await swarm.event('worker.quiet', 2);
    kill(init, 'SIGTERM');
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
  });
});
