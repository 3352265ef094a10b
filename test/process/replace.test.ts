import { copyFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fixture, NODE, Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';

describe('a worker that is killed', () => {
  test('is replaced in the same slot, with the same index', async () => {
    const swarm = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '3', INDEX: '5' } });
    await swarm.event('worker.ready', 3);
    const victim = swarm.events('worker.ready').find(({ worker }) => worker === 1);
    process.kill(victim?.pid as number, 'SIGKILL');
    const replacement = await swarm.event('worker.ready', 4);
    expect(replacement).toMatchObject({ worker: 1, index: 6 });
    expect(replacement.pid).not.toBe(victim?.pid);
    const [exit] = swarm.events('worker.exit');
    expect(exit).toMatchObject({ level: 'warn', worker: 1, index: 6, pid: victim?.pid, signal: 'SIGKILL' });
    expect(exit?.msg).toContain('was killed by SIGKILL, but not by swarm');
  });

  test('repeatedly is replaced with growing backoff, and the others are unaffected', async () => {
    const swarm = new Swarm(['-r', './crashes-in-slot-1.mjs'], { env: { COUNT: '3' } });
    await swarm.event('worker.backoff', 2);
    const backoffs = swarm.events('worker.backoff');
    expect(backoffs.map(({ worker, failures }) => [worker, failures])).toEqual([
      [1, 2],
      [1, 3],
    ]);
    expect(new Set(swarm.events('worker.exit').map(({ worker }) => worker))).toEqual(new Set([1]));
  });
});

describe('an application that cannot boot', () => {
  test('because it throws while it loads prints its error once, with the stack and the file; the status is 1', async () => {
    const swarm = new Swarm(['-r', './throws.mjs'], { env: { COUNT: '4' } });
    expect(await swarm.exited).toEqual({ code: 1, signal: null });
    const stacks = swarm.errors.filter((line) => line === 'Error: no such database');
    expect(stacks).toHaveLength(1);
    expect(swarm.errors.join('\n')).toContain(`${fixture('throws.mjs')}:5:7`);
    const [failed] = swarm.events('worker.failed');
    expect(failed?.msg).toContain(`failed while loading ${fixture('throws.mjs')}: Error: no such database`);
    expect(swarm.log.at(-1)).toMatchObject({ event: 'stopped', status: 1 });
    expect(swarm.processes()).toEqual([]);
  });

  test('because it exits ends swarm with status 1', async () => {
    const swarm = new Swarm(['-r', './exits.mjs'], { env: { COUNT: '2' } });
    expect(await swarm.exited).toEqual({ code: 1, signal: null });
    expect(swarm.events('stop')[0]).toMatchObject({ reason: 'boot' });
  });

  test('because of a syntax error prints the place of the error once', async () => {
    const swarm = new Swarm(['-r', './syntax-error.mjs'], { env: { COUNT: '2' } });
    expect(await swarm.exited).toEqual({ code: 1, signal: null });
    expect(swarm.errors.filter((line) => line.includes('syntax-error.mjs:3'))).toHaveLength(1);
  });

  test('because it never becomes ready is killed after SWARM_BOOT_TIMEOUT; the status is 1', async () => {
    const swarm = new Swarm(['-r', './never-ready.mjs'], { env: { COUNT: '2', SWARM_BOOT_TIMEOUT: '8' } });
    expect(await swarm.exited).toEqual({ code: 1, signal: null });
    expect(swarm.events('worker.kill')[0]).toMatchObject({ reason: 'boot' });
    expect(swarm.events('worker.kill')[0]?.msg).toContain('was not ready within 8 s (SWARM_BOOT_TIMEOUT)');
  });

  test('in one slot only keeps running in the others', async () => {
    const go = join(await temporaryDirectory(), 'go');
    const swarm = new Swarm(['-r', './boots-in-slot-0.mjs'], { env: { COUNT: '2', GO: go } });
    expect(await swarm.event('worker.ready')).toMatchObject({ worker: 0 });
    await writeFile(go, '');
    expect(await swarm.event('worker.backoff')).toMatchObject({ worker: 1 });
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
  });
});

test('when no process can be started, the other workers keep running, and swarm retries', async () => {
  const node = join(await temporaryDirectory(), 'node');
  await copyFile(NODE, node);
  const swarm = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '2', SWARM_MODE: 'spawn' }, node });
  const { pid, worker } = await swarm.event('worker.ready');
  await swarm.event('worker.ready', 2);
  await rename(node, `${node}.away`);
  process.kill(pid as number, 'SIGKILL');
  expect(await swarm.event('worker.start', 3)).toMatchObject({
    level: 'error',
    worker,
    error: `Node could not be started: spawn ${node} ENOENT`,
  });
  expect(await swarm.event('worker.backoff')).toMatchObject({ worker });
  await rename(`${node}.away`, node);
  expect(await swarm.event('worker.ready', 3)).toMatchObject({ worker });
  expect(swarm.events('worker.exit').map((exit) => exit.worker)).toEqual([worker]);
});

describe('a worker with a blocked event loop', () => {
  test('is killed and replaced after SWARM_HANG_TIMEOUT', async () => {
    const swarm = new Swarm(['-r', './blocked.mjs'], { env: { COUNT: '1', SWARM_HANG_TIMEOUT: '1' } });
    const kill = await swarm.event('worker.kill');
    expect(kill).toMatchObject({ worker: 0, reason: 'hung' });
    await swarm.event('worker.start', 2);
  });
});
