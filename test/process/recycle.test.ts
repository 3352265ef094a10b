import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { LogLine } from '../support/log.ts';
import { MemoryGroup, memoryHierarchy } from '../support/memory-group.js';
import { has } from '../support/needs.ts';
import { NODE, Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const MB = 1024 ** 2;

/** In any mode, a worker that does not leak stays below 100 MB. One that leaks grows well beyond, up to LEAK_MB. */
const LIMITED = { SWARM_MAXMEM_MB: '100', SWARM_MEMORY_INTERVAL: '0.2', LEAK_MB: '140' };

function leaking(env: NodeJS.ProcessEnv, node = NODE): Swarm {
  return new Swarm(['-r', './leaks.mjs'], { env: { ...LIMITED, ...env }, node });
}

/** Waits until the first worker to be recycled has exited. */
async function untilRecycled(swarm: Swarm): Promise<LogLine> {
  const { pid } = await swarm.event('worker.recycle');
  await swarm.until('the end of the recycled worker', () =>
    swarm.events('worker.exit').some((line) => line.pid === pid),
  );
  return swarm.events('worker.exit').find((line) => line.pid === pid) as LogLine;
}

/** The logged events of the workers in a slot, in order, without starts that failed on a busy machine. */
function story(swarm: Swarm, slot: number): [event: string, pid: number | undefined][] {
  const told = ['worker.start', 'worker.ready', 'worker.recycle', 'worker.exit'];
  return swarm.log
    .filter(({ event, worker, level }) => worker === slot && told.includes(event) && level !== 'error')
    .map(({ event, pid }) => [event, pid]);
}

/** Expects every job that began to be done. */
function expectNoLostJob(swarm: Swarm): void {
  const jobs = (word: string) =>
    swarm
      .said(word)
      .map((line) => line.replace(word, ''))
      .sort();
  expect(jobs('done')).toEqual(jobs('begin'));
}

async function stop(swarm: Swarm): Promise<void> {
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
  expect(swarm.processes()).toEqual([]);
  expectNoLostJob(swarm);
}

describe('a worker above SWARM_MAXMEM_MB', () => {
  test('is replaced, and then stops without losing a job', async () => {
    const swarm = leaking({ COUNT: '2', INDEX: '5', LEAK_SLOT: '1' });
    const exit = await untilRecycled(swarm);
    expect(exit).toMatchObject({ level: 'info', worker: 1, index: 6, status: 0 });
    const [recycle] = swarm.events('worker.recycle');
    expect(recycle).toMatchObject({ level: 'warn', worker: 1, index: 6, reason: 'worker', limit: 100 * MB });
    expect(recycle?.msg).toMatch(
      /uses \d+ MB, more than 100 MB \(SWARM_MAXMEM_MB\): it stops when its replacement is ready$/,
    );
    const [old, next] = swarm.events('worker.ready').filter(({ worker }) => worker === 1);
    expect(story(swarm, 1).slice(0, 6)).toEqual([
      ['worker.start', old?.pid],
      ['worker.ready', old?.pid],
      ['worker.recycle', old?.pid],
      ['worker.start', next?.pid],
      ['worker.ready', next?.pid],
      ['worker.exit', old?.pid],
    ]);
    expect(story(swarm, 0)).toHaveLength(2);
    await stop(swarm);
  });

  test('is replaced one at a time if ten leak simultaneously: capacity never drops', async () => {
    const LEAK = join(await temporaryDirectory(), 'leak');
    const swarm = leaking({ COUNT: '10', LEAK });
    await swarm.event('worker.ready', 10);
    await writeFile(LEAK, '');
    for (let gone = 1; gone <= 10; gone += 1) await swarm.event('worker.exit', gone);
    await stop(swarm);

    const end = swarm.log.findIndex(({ event }) => event === 'stop');
    const running = swarm.log.slice(0, end);
    const pids = (told: string) => running.filter(({ event }) => event === told).map(({ pid }) => pid);
    expect(new Set(pids('worker.exit'))).toEqual(new Set(pids('worker.ready').slice(0, 10)));
    let processes = 0;
    let ready = 0;
    for (const { event, level } of running) {
      if (event === 'worker.start' && level === 'info') processes += 1;
      if (event === 'worker.ready') ready += 1;
      if (event !== 'worker.exit') continue;
      expect(processes, 'one process more than COUNT').toBe(11);
      expect(ready, 'one ready worker more than COUNT').toBe(11);
      processes -= 1;
      ready -= 1;
    }
  }, 120_000);

  test('stays and keeps working until a replacement can boot', async () => {
    const directory = await temporaryDirectory();
    const [LEAK, BROKEN] = [join(directory, 'leak'), join(directory, 'broken')];
    const swarm = leaking({ COUNT: '1', LEAK, BROKEN });
    const { pid: old } = await swarm.event('worker.ready');
    await writeFile(BROKEN, '');
    await writeFile(LEAK, '');
    const stays = await swarm.event('worker.recycle', 2);
    expect(stays).toMatchObject({ level: 'error', worker: 0, pid: old, reason: 'boot' });
    const done = swarm.said('done').length;
    await swarm.heard('done', done + 5);
    // The next attempt also fails.
    await swarm.event('worker.recycle', 3);
    expect(swarm.events('worker.recycle').map(({ level }) => level)).toEqual(['warn', 'error', 'error']);
    expect(swarm.events('worker.exit').map(({ pid }) => pid)).not.toContain(old);
    await rm(BROKEN);
    await swarm.until('the end of the old worker', () => swarm.events('worker.exit').some(({ pid }) => pid === old));
    await stop(swarm);
  });

  test.each(['SIGTERM', 'SIGUSR1'] as const)(
    'is not recycled after %s, even while its replacement boots',
    async (signal) => {
      const swarm = leaking({ COUNT: '2', LEAK_SLOT: '0' });
      await swarm.event('worker.recycle');
      swarm.signal(signal);
      await swarm.event(signal === 'SIGTERM' ? 'stop' : 'quiet');
      await stop(swarm);
      const [end] = [...swarm.events('quiet'), ...swarm.events('stop')];
      const after = swarm.log.slice(swarm.log.findIndex(({ msg }) => msg === end?.msg)).map(({ event }) => event);
      expect(after).not.toContain('worker.recycle');
      // The replacement could already have been starting.
      expect(after.filter((event) => event === 'worker.start').length).toBeLessThanOrEqual(1);
    },
  );
});

test('a swarm at its memory limit stops its largest worker before it starts the replacement if both do not fit', async () => {
  // A new worker needs more than the tenth of 400 MB that is left at that point.
  const env = { NEED_MB: '40', LEAK_MB: '400', LEAK_SLOT: '1', SWARM_MAXMEM_MB: '0', SWARM_MEMORY_MB: '400' };
  const swarm = leaking({ COUNT: '2', ...env });
  await swarm.event('worker.ready', 3);
  const [recycle] = swarm.events('worker.recycle');
  expect(recycle).toMatchObject({ worker: 1, reason: 'swarm', limit: 400 * MB });
  expect(recycle?.msg).toMatch(/ MB of 400 MB \(SWARM_MEMORY_MB\): it stops first, because there is no room for both$/);
  const [old, next] = swarm.events('worker.ready').filter(({ worker }) => worker === 1);
  expect(story(swarm, 1).slice(2, 6)).toEqual([
    ['worker.recycle', old?.pid],
    ['worker.exit', old?.pid],
    ['worker.start', next?.pid],
    ['worker.ready', next?.pid],
  ]);
  expect(story(swarm, 0)).toHaveLength(2);
  await stop(swarm);
});

test.runIf(has('root', 'a swarm in a memory group'))(
  'the memory limit counts all memory that the kernel charges to the dyno, whichever process uses it',
  async () => {
    const directory = await temporaryDirectory();
    const LEAK = join(directory, 'leak');
    const limit = 2048 * MB;
    const group = new MemoryGroup(memoryHierarchy(), `swarm-test-${process.pid}`);
    group.create(limit);
    onTestFinished(() => group.remove());
    const inside = join(directory, 'node');
    await writeFile(inside, `#!/bin/sh\necho $$ >'${group.members}'\nexec '${NODE}' "$@"\n`);
    await chmod(inside, 0o755);
    const swarm = leaking(
      { COUNT: '2', LEAK, LEAK_SLOT: '1', SWARM_MAXMEM_MB: '0', SWARM_MEMORY_MB: '2048', LEAK_MB: '160' },
      inside,
    );
    await swarm.event('worker.ready', 2);

    // Another process of the dyno uses so much that a leak of 7 % exceeds the limit.
    const ballast = spawn(inside, [
      '-e',
      `
    const kept = Buffer.alloc(${Math.round(0.85 * limit) - group.used()}, 1);
    setInterval(() => kept.at(0), 1000);
    console.log('full');`,
    ]);
    onTestFinished(async () => {
      ballast.kill('SIGKILL');
      if (ballast.exitCode === null && ballast.signalCode === null) await once(ballast, 'exit');
    });
    await once(ballast.stdout, 'data');
    await writeFile(LEAK, '');
    await untilRecycled(swarm);
    const [recycle] = swarm.events('worker.recycle');
    expect(recycle).toMatchObject({ worker: 1, reason: 'swarm', limit });
    expect(recycle?.msg).toMatch(
      /the swarm uses 1\d\d\d MB of 2048 MB \(SWARM_MEMORY_MB\): it stops when its replacement is ready$/,
    );
    await stop(swarm);
  },
);

test('SWARM_MAXAGE replaces each worker with a new one, which is ready first, and loses no job', async () => {
  const env = { COUNT: '2', JOB_MS: '20', SWARM_MAXAGE: '3' };
  const swarm = new Swarm(['-r', './jobs.mjs'], { env });
  await swarm.event('worker.exit', 3);
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
  expect(swarm.events('worker.recycle')[0]).toMatchObject({ level: 'info', reason: 'age' });
  for (const { worker, pid, status } of swarm.events('worker.exit').slice(0, 3)) {
    expect(status).toBe(0);
    const life = swarm.log.filter(
      (line) => line.worker === worker && ['worker.ready', 'worker.exit'].includes(line.event),
    );
    const left = life.findIndex((line) => line.pid === pid && line.event === 'worker.exit');
    expect(life[left - 1]?.event, 'its replacement was ready before').toBe('worker.ready');
    expect(life[left - 1]?.pid).not.toBe(pid);
  }
  expect(swarm.said('done')).toHaveLength(swarm.said('begin').length);
});
