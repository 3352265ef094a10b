import { existsSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { application } from '../support/application.ts';
import type { LogLine } from '../support/log.ts';
import { has } from '../support/needs.ts';
import { statusOf, untilStopped } from '../support/proc.ts';
import { kill } from '../support/processes.ts';
import { Swarm } from '../support/swarm.ts';

const adopts = has('the addon', 'processes that workers leave behind');

const CLEAN = { code: 0, signal: null };

/** A swarm whose only worker has these children of leaves-children.mjs, with their pids. */
async function start(
  children: string,
  prefix: string[] = [],
): Promise<{ swarm: Swarm; pids: number[]; worker: number }> {
  const env = { COUNT: '1', CHILDREN: children, SWARM_TIMEOUT: '3' };
  const swarm = new Swarm(['-r', './leaves-children.mjs'], { env, prefix });
  const pids: number[] = [];
  for (const name of children.split(' ')) {
    const [line = ''] = await swarm.heard(name);
    pids.push(Number(line.split(' ')[2]));
  }
  const { pid } = await swarm.event('worker.ready');
  return { swarm, pids, worker: pid as number };
}

/** Kills the worker, and waits until the supervisor has adopted its children. */
async function orphan(swarm: Swarm, worker: number, pids: readonly number[]): Promise<void> {
  kill(worker, 'SIGKILL');
  await swarm.event('worker.ready', 2);
  expect(pids.map((pid) => statusOf(pid, 'PPid'))).toEqual(pids.map(() => String(swarm.pid)));
}

function killed(swarm: Swarm): LogLine[] {
  return swarm.events('orphan.kill');
}

describe.runIf(adopts)('a process that a worker leaves behind', () => {
  test('is left alone while the swarm runs, and gets TERM when the swarm stops', async () => {
    const { swarm, pids, worker } = await start('mild');
    await orphan(swarm, worker, pids);
    await swarm.heard('mild', 2);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    expect(swarm.processes()).toEqual([]);
    expect(swarm.events('orphan.stop')[0]?.msg).toContain(`sh (pid ${pids[0]})`);
    expect(killed(swarm)).toEqual([]);
  });

  test('is named and killed at the deadline if it ignores TERM, as are its own orphans', async () => {
    const { swarm, pids, worker } = await start('stubborn');
    await orphan(swarm, worker, pids);
    await swarm.heard('stubborn', 2);
    swarm.signal('SIGTERM');
    // The worker exited in time.
    expect(await swarm.exited).toEqual(CLEAN);
    expect(swarm.processes()).toEqual([]);
    expect(killed(swarm)[0]?.msg).toContain(`sh (pid ${pids[0]})`);
    expect(killed(swarm).some(({ msg }) => /sleep \(pid \d+\)/.test(msg))).toBe(true);
  });

  test('is found even if its worker exits only during the stop', async () => {
    const { swarm, pids } = await start('mild stubborn');
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    expect(swarm.processes()).toEqual([]);
    const order = swarm.log.map(({ event }) => event);
    expect(order.indexOf('orphan.stop')).toBeGreaterThan(order.indexOf('stop'));
    expect(killed(swarm)[0]?.msg).toContain(`sh (pid ${pids[1]})`);
  });

  test('is resumed to handle TERM if it is suspended', async () => {
    const { swarm, pids, worker } = await start('mild');
    await orphan(swarm, worker, pids);
    await swarm.heard('mild', 2);
    kill(pids[0] as number, 'SIGSTOP');
    await untilStopped(swarm, pids[0] as number);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    expect(killed(swarm)).toEqual([]);
    expect(swarm.processes()).toEqual([]);
  });

  test('is told apart from a child of the shell that swarm replaced by exec', async () => {
    const SIDECAR = ['sh', '-c', 'sleep 1000 >/dev/null 2>&1 & echo sidecar - $!; exec "$@"', 'sh'];
    const { swarm } = await start('mild', SIDECAR);
    const sidecar = Number((await swarm.heard('sidecar'))[0]?.split(' ')[2]);
    onTestFinished(() => kill(sidecar, 'SIGKILL'));
    expect(statusOf(sidecar, 'PPid')).toBe(String(swarm.pid));
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    expect(existsSync(`/proc/${sidecar}`)).toBe(true);
    expect(swarm.processes()).toEqual([sidecar]);
  });
});

test.runIf(adopts)('a process that a package started while it was preloaded does not outlive the swarm', async () => {
  const script = 'trap "" TERM; echo child - $$; while :; do sleep 0.1; done';
  const cwd = await application({
    'jobs.mjs': "import 'starter'; setInterval(() => {}, 60_000);",
    'node_modules/starter/index.js': `require('child_process').spawn('sh', ['-c', ${JSON.stringify(script)}], { stdio: 'inherit' }).unref();`,
  });
  const env = { COUNT: '1', SWARM_TIMEOUT: '3', SWARM_PRELOAD: 'starter' };
  const swarm = new Swarm(['-r', './jobs.mjs'], { env, cwd });
  await swarm.event('worker.ready');
  await swarm.heard('child');
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual(CLEAN);
  await swarm.gone();
});

/** Suspends all workers, kills the supervisor, and resolves when no process is left. */
async function suspendAndOrphan(swarm: Swarm, workers: number): Promise<void> {
  await swarm.event('worker.ready', workers);
  const pids = swarm.events('worker.ready').map(({ pid }) => pid as number);
  for (const pid of pids) kill(pid, 'SIGSTOP');
  for (const pid of pids) await untilStopped(swarm, pid);
  swarm.signal('SIGKILL');
  await swarm.gone();
  await swarm.exited;
}

test.runIf(adopts)('suspended workers finish and exit when the supervisor is killed', async () => {
  const swarm = new Swarm(['-r', './jobs.mjs'], { env: { COUNT: '3', JOB_MS: '20' } });
  await suspendAndOrphan(swarm, 3);
  // They were resumed to finish, not just killed.
  expect(swarm.said('stopped')).toHaveLength(3);
});

test.runIf(adopts)(
  'suspended workers that ignore TERM end at their deadline when the supervisor is killed',
  async () => {
    const swarm = new Swarm(['-r', './stubborn.mjs'], { env: { COUNT: '2', SWARM_TIMEOUT: '1' } });
    await suspendAndOrphan(swarm, 2);
    expect(swarm.said('term')).toHaveLength(2);
  },
);
