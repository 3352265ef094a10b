import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setInterval } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { application, packages } from '../support/application.ts';
import { has } from '../support/needs.ts';
import { install } from '../support/package.ts';
import { isStopped, moldOf, statusOf, titleOf } from '../support/proc.ts';
import { kill } from '../support/processes.ts';
import { Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const FORK = { SWARM_MODE: 'fork' };

describe('fork mode', () => {
  test('is named in the boot line, and makes workers children of the supervisor', async () => {
    const swarm = new Swarm(['-r', './idle.mjs'], { env: { ...FORK, COUNT: '3' } });
    await swarm.event('worker.ready', 3);
    expect(swarm.events('boot')[0]?.msg).toMatch(/^swarm boot: 3 workers .*, fork mode.*, \d+ MB shared$/);
    for (const { pid } of swarm.events('worker.ready')) expect(statusOf(pid as number, 'PPid')).toBe(String(swarm.pid));
    expect(statusOf(moldOf(swarm), 'PPid')).toBe(String(swarm.pid));
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
    expect(swarm.processes()).toEqual([]);
  });

  test('has a mold that ignores the signals that Heroku and terminals send to every process', async () => {
    const swarm = new Swarm(['-r', './idle.mjs'], { env: { ...FORK, COUNT: '1' } });
    await swarm.event('worker.ready');
    const mold = moldOf(swarm);
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGTSTP', 'SIGTTIN'] as const) {
      kill(mold, signal);
    }
    // The mold still forks.
    kill((await swarm.event('worker.ready')).pid as number, 'SIGKILL');
    await swarm.event('worker.ready', 2);
    expect(moldOf(swarm)).toBe(mold);
  });

  test('loses no worker when the mold is killed, and makes another mold when it needs one', async () => {
    const swarm = new Swarm(['-r', './idle.mjs'], { env: { ...FORK, COUNT: '2' } });
    await swarm.event('worker.ready', 2);
    const pids = swarm.events('worker.ready').map(({ pid }) => pid as number);
    kill(moldOf(swarm), 'SIGKILL');
    expect(await swarm.event('mold.exit')).toMatchObject({ level: 'warn', signal: 'SIGKILL' });
    expect(pids.map(titleOf)).toEqual(pids.map(titleOf).filter((title) => title.startsWith('swarm worker')));
    kill(pids[0] as number, 'SIGKILL');
    await swarm.event('preload');
    expect(await swarm.event('worker.ready', 3)).toMatchObject({ worker: swarm.events('worker.exit')[0]?.worker });
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
  });

  test('starts a worker again, from another mold, if the mold is killed before it forks', async () => {
    const swarm = new Swarm(['-r', './idle.mjs'], { env: { ...FORK, COUNT: '1' } });
    const { pid } = await swarm.event('worker.ready');
    const mold = moldOf(swarm);
    kill(mold, 'SIGSTOP');
    await swarm.processesAre('a stopped mold', () => isStopped(mold));
    // The suspended mold never reads its next command.
    kill(pid as number, 'SIGKILL');
    await swarm.event('worker.exit');
    kill(mold, 'SIGKILL');
    await swarm.until('a failed start', () =>
      swarm.log.some(({ msg }) => msg.includes('could not be started (the mold died while it forked)')),
    );
    await swarm.event('worker.ready', 2);
  });

  test('stops without waiting for a mold that is about to fork', async () => {
    const swarm = new Swarm(['-r', './idle.mjs'], { env: { ...FORK, COUNT: '1' } });
    const { pid } = await swarm.event('worker.ready');
    const mold = moldOf(swarm);
    kill(mold, 'SIGKILL');
    await swarm.event('mold.exit');
    // The next mold begins to preload. The stop comes before it is done.
    kill(pid as number, 'SIGKILL');
    await swarm.event('worker.exit');
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
    expect(swarm.processes()).toEqual([]);
  });

  test('does not delay other workers while one status channel is full', async () => {
    const flag = join(await temporaryDirectory(), 'fill');
    const env = { ...FORK, COUNT: '2', FILL: flag };
    const swarm = new Swarm(['-r', './fills-channel.mjs'], { env });
    await swarm.event('worker.ready', 2);
    const [victim] = swarm.events('worker.ready');
    swarm.signal('SIGSTOP');
    await swarm.processesAre('a stopped supervisor', () => isStopped(swarm.pid));
    await writeFile(flag, '');
    await swarm.heard('full');
    kill(victim?.pid as number, 'SIGKILL');
    swarm.signal('SIGCONT');
    await swarm.event('worker.ready', 3);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
  });

  test.runIf(has('strace', 'failing forks')).each(['EAGAIN', 'ENOMEM'])(
    'retries a fork that fails with %s, and the other worker keeps running',
    async (code) => {
      const swarm = new Swarm(['-r', './idle.mjs'], { env: { ...FORK, COUNT: '2' } });
      await swarm.event('worker.ready', 2);
      const [victim, other] = swarm.events('worker.ready');
      // strace makes the mold's next clone(2) fail.
      const strace = await attach(moldOf(swarm), `inject=clone:error=${code}:when=1`);
      kill(victim?.pid as number, 'SIGKILL');
      await swarm.event('worker.backoff');
      strace.kill('SIGTERM');
      await once(strace, 'exit');
      expect(swarm.log.map(({ msg }) => msg)).toContainEqual(
        expect.stringContaining(
          `could not be started (the process could not be cloned (${code})); other workers keep running`,
        ),
      );
      await swarm.event('worker.ready', 3);
      expect(statusOf(other?.pid as number, 'State')).toMatch(/^[SR]/);
      strace.kill('SIGTERM');
      swarm.signal('SIGTERM');
      expect(await swarm.exited).toEqual({ code: 0, signal: null });
    },
  );
});

/** Starts strace, and resolves once it traces all threads of the process. */
async function attach(pid: number, expression: string): Promise<ChildProcess> {
  const strace = spawn('strace', ['-f', '-p', String(pid), '-e', 'trace=clone', '-e', expression]);
  onTestFinished(() => void strace.kill('SIGKILL'));
  const threads = readdirSync(`/proc/${pid}/task`);
  const isTraced = (thread: string) => {
    return /^TracerPid:\s*[1-9]/m.test(readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8'));
  };
  for await (const _ of setInterval(10)) if (threads.every(isTraced)) break;
  return strace;
}

describe('a package that workers should not share', () => {
  const files = {
    'jobs.cjs': "require('pg'); require('server'); setInterval(() => {}, 1000);",
    ...packages('pg', 'server'),
    'node_modules/server/index.js': "require('net').createServer().listen(0);",
  };

  test.each<[how: string, preload: string, packages: number, sentence: RegExp]>([
    [
      'is left out with SWARM_PRELOAD=auto',
      'auto',
      1,
      /^server is not shared; each worker loads its own copy: .* a listening server \(TCP port \d+\)/,
    ],
    [
      'is shared if SWARM_PRELOAD names it, with a warning',
      'pg,server',
      2,
      /^server is shared as asked, but loading it leaves a listening server /,
    ],
  ])('%s', async (_how, preload, packages, sentence) => {
    const cwd = await application(files);
    const env = { ...FORK, COUNT: '1', SWARM_PRELOAD: preload };
    const swarm = new Swarm(['-r', './jobs.cjs'], { env, cwd });
    await swarm.event('worker.ready');
    expect(swarm.events('preload').map(({ msg }) => msg)).toEqual([expect.stringMatching(sentence)]);
    expect(swarm.events('boot')[0]?.msg).toMatch(new RegExp(` ${packages} packages? preloaded, `));
  });
});

describe('where forking is impossible', () => {
  test.each([
    ['auto', 0],
    ['fork', 78],
  ])('without the addon, SWARM_MODE=%s', async (mode, status) => {
    const bin = await install();
    await rm(join(bin, '../../dist/native'), { recursive: true });
    for (const file of ['binding.js', 'marshalling.js']) {
      await cp(new URL(`../../dist/native/${file}`, import.meta.url).pathname, join(bin, '../../dist/native', file));
    }
    const swarm = new Swarm(['-r', './idle.mjs'], { bin, env: { COUNT: '1', SWARM_MODE: mode } });
    if (status === 0) {
      await swarm.event('worker.ready');
      expect(swarm.events('boot')[0]?.msg).toMatch(/spawn mode \(the addon was not built for linux-(x64|arm64)\)$/);
      swarm.signal('SIGTERM');
    }
    expect(await swarm.exited).toEqual({ code: status, signal: null });
    if (status === 78) expect(swarm.errors.join()).toMatch(/SWARM_MODE="fork" is not possible here: the addon was not/);
  });
});

describe('the memory of a worker', () => {
  test.each(['fork', 'spawn'])('goes back to the system after garbage collection, in %s mode', async (mode) => {
    const swarm = new Swarm(['-r', './frees.mjs'], { env: { SWARM_MODE: mode, COUNT: '1' } });
    expect(await swarm.heard('gave')).toEqual(['gave back, and kept 16384']);
  });

  test('comes from new pages, not from holes in shared pages', async () => {
    const swarm = new Swarm(['-r', './holes.mjs'], { env: { SWARM_PRELOAD_APP: '1', SWARM_MODE: 'fork', COUNT: '3' } });
    const said = await swarm.heard('between', 3);
    const taken = said.map((line) => Number(/^between 30720 pieces 2048 more took (\d+) pages$/.exec(line)?.[1]));
    // There was a hole for each piece. The minimum counts, because a garbage collection in a worker also takes pages.
    expect(Math.min(...taken)).toBeLessThan(2048 / 2);
  });
});
