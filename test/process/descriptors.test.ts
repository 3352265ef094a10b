import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { copyFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ask, command } from '../support/control.ts';
import { has } from '../support/needs.ts';
import { moldOf } from '../support/proc.ts';
import { kill } from '../support/processes.ts';
import { MODE, NODE, Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const CLEAN = { code: 0, signal: null };

async function start(count = 2, env = {}): Promise<{ swarm: Swarm; pids: number[] }> {
  const swarm = new Swarm(['-r', './idle.mjs'], { env: { COUNT: String(count), ...env } });
  await swarm.event('worker.ready', count);
  return { swarm, pids: swarm.events('worker.ready').map(({ pid }) => pid as number) };
}

/** Lets the process open no more descriptors, or as many as usual. It keeps those that it has. */
function limit(pid: number, limit: 'none' | 'usual'): void {
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${limit === 'none' ? 3 : 1024}:`]);
}

/** Waits for a log line that says why a worker could not be started. */
async function refused(swarm: Swarm, reason: RegExp): Promise<void> {
  const lines = () => swarm.log.filter(({ msg }) => msg.includes('could not be started'));
  await swarm.until(`a refusal: ${reason}`, () => lines().some(({ msg }) => reason.test(msg)));
}

describe('a supervisor without a free descriptor', () => {
  test('notices a dead worker, and fills its slot once descriptors are free again', async () => {
    const { swarm, pids } = await start();
    limit(swarm.pid, 'none');
    kill(pids[0] as number, 'SIGKILL');
    expect(await swarm.event('worker.exit')).toMatchObject({ pid: pids[0], signal: 'SIGKILL' });
    await refused(swarm, /\(.*EMFILE.*\); other workers keep running/);
    await swarm.event('worker.backoff');
    limit(swarm.pid, 'usual');
    await swarm.event('worker.ready', 3);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    expect(swarm.errors).toEqual([]);
  });

  test('stops, and leaves no process behind', async () => {
    const { swarm, pids } = await start();
    limit(swarm.pid, 'none');
    kill(pids[0] as number, 'SIGKILL');
    await refused(swarm, /EMFILE/);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    expect(swarm.processes()).toEqual([]);
    expect(swarm.errors).toEqual([]);
  });

  test('fails a rolling restart, and says why', async () => {
    const { swarm } = await start(1);
    limit(swarm.pid, 'none');
    swarm.signal('SIGUSR2');
    await swarm.until('a failed restart', () =>
      swarm.events('reload').some(({ level, msg }) => level === 'error' && msg.includes('EMFILE')),
    );
    limit(swarm.pid, 'usual');
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
  });

  test('leaks no descriptor when starts fail', async () => {
    const { swarm, pids } = await start();
    const before = readdirSync(`/proc/${swarm.pid}/fd`).length;
    limit(swarm.pid, 'none');
    kill(pids[0] as number, 'SIGKILL');
    await swarm.event('worker.backoff', 2);
    limit(swarm.pid, 'usual');
    await swarm.event('worker.ready', 3);
    expect(readdirSync(`/proc/${swarm.pid}/fd`).length).toBe(before);
  });
});

test('a supervisor scaled beyond its descriptors still answers, and can be scaled down', async () => {
  const SWARM_SOCKET = join(await temporaryDirectory(), 'socket');
  const prefix = ['prlimit', '--nofile=64:64'];
  const swarm = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '2', SWARM_SOCKET }, prefix });
  await swarm.event('worker.ready', 2);
  const scale = (count: string) => command(['scale', count], { SWARM_SOCKET });
  expect(await scale('60')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('does not come up') });
  expect(swarm.events('scale')[1]?.msg).toMatch(/^60 workers may be too many: 16 fit into 64 descriptors/);
  // By now, many starts have failed.
  await swarm.event('worker.backoff', 20);
  for (let asked = 0; asked < 5; asked += 1) {
    expect(await ask(SWARM_SOCKET, 'GET', '/status')).toMatchObject({ code: 200, body: { count: 60 } });
  }
  expect(await scale('2')).toMatchObject({ exitCode: 0 });
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual(CLEAN);
});

describe('a mold', () => {
  const FORK = { SWARM_MODE: 'fork' };

  test('without a free descriptor forks no worker until it has one', async () => {
    const { swarm, pids } = await start(2, FORK);
    const mold = moldOf(swarm);
    limit(mold, 'none');
    kill(pids[0] as number, 'SIGKILL');
    await refused(swarm, /\(the mold cannot open another descriptor \(EMFILE\)\)/);
    limit(mold, 'usual');
    await swarm.event('worker.ready', 3);
    expect(moldOf(swarm)).toBe(mold);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
  });

  test('cannot be made while the Node executable is missing, and the log says so', async () => {
    const node = join(await temporaryDirectory(), 'node');
    await copyFile(NODE, node);
    const swarm = new Swarm(['-r', './idle.mjs'], { env: { ...FORK, COUNT: '1' }, node });
    const { pid } = await swarm.event('worker.ready');
    await rename(node, `${node}.away`);
    kill(moldOf(swarm), 'SIGKILL');
    await swarm.event('mold.exit');
    kill(pid as number, 'SIGKILL');
    await refused(swarm, /\(Node could not be started: spawn .*\/node ENOENT\)/);
    await rename(`${node}.away`, node);
    await swarm.event('worker.ready', 2);
    expect(swarm.errors).toEqual([]);
  });
});

describe.runIf(has('root', 'unmounting /proc'))('when /proc is unmounted under a running swarm', () => {
  /** Runs a command in its own mount namespace. */
  const PREFIX = ['unshare', '--mount', '--propagation', 'private'];

  function inside(swarm: Swarm, ...command: string[]): void {
    execFileSync('nsenter', [`--mount=/proc/${swarm.pid}/ns/mnt`, ...command]);
  }

  test('it notices dead workers, starts new ones once /proc is back, and stops without /proc', async () => {
    const swarm = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '2' }, prefix: PREFIX });
    await swarm.event('worker.ready', 2);
    const [first, second] = swarm.events('worker.ready').map(({ pid }) => pid as number);
    inside(swarm, 'umount', '--lazy', '/proc');
    kill(first as number, 'SIGKILL');
    expect(await swarm.event('worker.exit')).toMatchObject({ pid: first, signal: 'SIGKILL' });
    // A fork needs /proc; a new Node does not.
    if (MODE === 'fork') {
      await refused(swarm, /ENOENT/);
      inside(swarm, 'mount', '-t', 'proc', 'proc', '/proc');
    }
    await swarm.event('worker.ready', 3);
    if (MODE === 'fork') inside(swarm, 'umount', '--lazy', '/proc');
    kill(second as number, 'SIGKILL');
    expect(await swarm.event('worker.exit', 2)).toMatchObject({ pid: second, signal: 'SIGKILL' });
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    expect(swarm.errors).toEqual([]);
  });
});
