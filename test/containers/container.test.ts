import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { has } from '../support/needs.ts';
import { childrenOf, commandOf, statusOf } from '../support/proc.ts';
import { kill } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { Container, Image, LOCKED_DOWN } from './container.ts';

const MB = 1024 ** 2;
const SIZE = ['--memory=512m', '--memory-swap=512m', '--cpus=2'];
const TMP = '--tmpfs=/tmp:mode=1777';
const SWARM = ['node_modules/.bin/swarm', '-r'];

describe.runIf(has('podman', 'swarm in a container'))('in a podman container', () => {
  let image: Image;

  beforeAll(async () => {
    image = await Image.build('jobs.mjs', 'allocates-on-winch.mjs', 'leaves-orphan.mjs', 'stubborn.mjs');
  });
  afterAll(() => image.remove());

  function start(options: readonly string[] = [], env: Record<string, string> = {}, command: readonly string[] = []) {
    return new Container(image, [...SIZE, ...options], { COUNT: '2', JOB_MS: '300', ...env }, command);
  }

  test('a locked-down swarm forks, is healthy, and loses no job when it stops', async () => {
    const container = start([...LOCKED_DOWN, TMP]);
    await container.event('worker.ready', 2);
    expect(container.events('boot')).toMatchObject([{ mode: 'fork' }]);
    const pid = await container.pid();
    // Podman's default seccomp profile is active.
    expect(statusOf(pid, 'Seccomp')).toBe('2');
    expect(statusOf(pid, 'CapEff')).toMatch(/^0+$/);
    expect(statusOf(pid, 'NoNewPrivs')).toBe('1');
    expect(statusOf(pid, 'Uid')).toMatch(/^1000\b/);
    expect(await container.isHealthy()).toBe(true);
    await until('jobs', () => container.said('begin').length >= 4);
    await container.stop(30);
    expect(await container.status).toBe(0);
    expect(jobs(container, 'done')).toEqual(jobs(container, 'begin'));
    expect(container.events('worker.exit').map(({ status }) => status)).toEqual([0, 0]);
  });

  test('without a writable directory swarm runs and stops, but has no control socket', async () => {
    const container = start(LOCKED_DOWN);
    await container.event('worker.ready', 2);
    expect(container.events('boot')[0]?.msg).toMatch(/^there is no control socket/);
    await container.stop(30);
    expect(await container.status).toBe(0);
  });

  test('swarm sizes itself from the limits of the container', async () => {
    const container = start([], { COUNT: '' });
    const boot = await container.event('boot');
    expect(boot).toMatchObject({ workers: 2, memory: 512 * MB });
    expect(boot.msg).toMatch(/^swarm boot: 2 workers within 512 MB and 2 cores, /);
  });

  test('a worker that uses up the memory is named with the reason, and replaced; the others keep running', async () => {
    const env = { SWARM_LISTEN: '9394', SWARM_MAXMEM_MB: '0' };
    const container = start([], env, [...SWARM, './allocates-on-winch.mjs']);
    const { pid, worker } = await container.event('worker.ready', 2);
    await container.exec('sh', '-c', `kill -WINCH ${pid}`);
    const exit = await container.event('worker.exit');
    expect(exit).toMatchObject({ worker, pid, signal: 'SIGKILL' });
    expect(exit.msg).toMatch(/ was killed by SIGKILL: the kernel had no memory left for this container or machine$/);
    expect(await container.event('worker.ready', 3)).toMatchObject({ worker });
    const ask = `fetch('http://127.0.0.1:9394/metrics').then((answer) => answer.text()).then(console.log)`;
    expect(await container.exec('node', '-e', ask)).toContain(
      '\nswarm_worker_restarts_total{reason="out_of_memory"} 1\n',
    );
    expect(container.events('worker.exit')).toHaveLength(1);
    await container.stop(30);
    expect(await container.status).toBe(0);
  });

  test('as PID 1 swarm reaps orphans of the jobs', async () => {
    const container = start([], {}, [...SWARM, './jobs.mjs', '-r', './leaves-orphan.mjs']);
    await container.event('worker.ready', 2);
    const init = await container.pid();
    const orphans = () => childrenOf(init).filter((pid) => commandOf(pid).startsWith('sleep'));
    await until('two orphans', () => orphans().length === 2);
    const [orphan = 0] = orphans();
    kill(orphan, 'SIGKILL');
    // A zombie would still be in /proc.
    await until('the orphan reaped', () => !existsSync(`/proc/${orphan}`));
    await container.stop(30);
    expect(await container.status).toBe(0);
  });

  test('a quiet swarm is not healthy', async () => {
    const container = start();
    await container.event('worker.ready', 2);
    expect(await container.isHealthy()).toBe(true);
    await container.signal('USR1');
    await container.event('worker.quiet', 2);
    expect(await container.isHealthy()).toBe(false);
  });

  test('a worker that does not stop is killed and named within the stop window of the container', async () => {
    const container = start([], { SWARM_TIMEOUT: '2' }, [...SWARM, './stubborn.mjs']);
    await container.event('worker.ready', 2);
    await container.stop(60);
    expect(await container.status).toBe(1);
    expect(container.events('worker.kill')).toMatchObject([{ reason: 'timeout' }, { reason: 'timeout' }]);
  });

  test('if the stop window is shorter than SWARM_TIMEOUT, the container is killed before swarm names a worker', async () => {
    const container = start([], {}, [...SWARM, './stubborn.mjs']);
    await container.event('worker.ready', 2);
    await container.stop(1);
    expect(await container.status).toBe(137);
    expect(container.events('worker.kill')).toEqual([]);
  });
});

function jobs(container: Container, word: string): string[] {
  return container
    .said(word)
    .map((line) => line.slice(word.length))
    .sort();
}
