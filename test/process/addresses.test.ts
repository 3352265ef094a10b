import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage, type RequestOptions } from 'node:http';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { install, withoutAddon } from '../support/package.ts';
import { fixture, Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { freePort } from '../support/web.ts';

const CLEAN = { code: 0, signal: null };

/** An IPv4 address of this machine other than loopback; undefined if it has none. */
const OWN_ADDRESS = Object.values(networkInterfaces())
  .flat()
  .find((each) => each?.family === 'IPv4' && !each.internal)?.address;

/** Values of HOSTS, each with the addresses to which a client connects. */
const FORMS: Record<string, string[]> = {
  '': ['127.0.0.1', '::1'],
  '0.0.0.0': ['127.0.0.1'],
  '::': ['127.0.0.1', '::1'],
  '127.0.0.1': ['127.0.0.1'],
  '::1': ['::1'],
  localhost: ['localhost'],
  '::ffff:127.0.0.1': ['127.0.0.1'],
  '127.0.0.1,::1': ['127.0.0.1', '::1'],
  '127.0.0.1,127.0.0.2': ['127.0.0.1', '127.0.0.2'],
  [`${OWN_ADDRESS ?? '127.0.0.3'},127.0.0.1`]: [OWN_ADDRESS ?? '127.0.0.3', '127.0.0.1'],
  '127.0.0.1,127.0.0.2,127.0.0.3,127.0.0.4,127.0.0.5,127.0.0.6': ['127.0.0.1', '127.0.0.4', '127.0.0.5', '127.0.0.6'],
};

/** Sends requests until each of these workers has answered. */
async function untilAllAnswered(where: RequestOptions, workers: readonly number[]): Promise<void> {
  const missing = new Set(workers);
  while (missing.size > 0) {
    // In parallel: one at a time, the same worker could accept every connection.
    const answers = await Promise.all(Array.from({ length: 16 }, () => ask(where)));
    for (const answer of answers) missing.delete(Number(answer.split(' ')[1]));
  }
}

async function ask(where: RequestOptions): Promise<string> {
  const [response] = (await once(get({ ...where, agent: false }), 'response')) as [IncomingMessage];
  return text(response);
}

async function addressSwarm(env: NodeJS.ProcessEnv, servers: number): Promise<Swarm> {
  const swarm = new Swarm(['-r', './addresses.mjs'], { env: { COUNT: '2', ...env } });
  await swarm.event('worker.ready', 2);
  await swarm.heard('listens', 2 * servers);
  return swarm;
}

function pids(swarm: Swarm): number[] {
  return swarm.events('worker.ready').map(({ pid }) => pid as number);
}

describe('two workers listen on PORT and both answer, as does a replacement', () => {
  test.each(Object.entries(FORMS))('at "%s"', async (hosts, asked) => {
    const port = await freePort();
    const servers = hosts.split(',').length;
    const swarm = await addressSwarm({ PORT: String(port), HOSTS: hosts }, servers);
    for (const host of asked) await untilAllAnswered({ host, port }, pids(swarm));
    process.kill(pids(swarm)[0] as number, 'SIGUSR2');
    await swarm.event('worker.ready', 3);
    await swarm.heard('listens', 3 * servers);
    for (const host of asked) await untilAllAnswered({ host, port }, pids(swarm).slice(1));
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    expect(swarm.events('worker.exit')).toHaveLength(3);
  });

  test.each(['0.0.0.0', '::', '::,0.0.0.0,127.0.0.1', '0.0.0.0,127.0.0.1,::'])(
    'after each has probed whether it is free at %s, as get-port does',
    async (probes) => {
      const port = await freePort();
      const swarm = await addressSwarm({ PORT: String(port), PROBES: probes }, 1);
      await untilAllAnswered({ host: '127.0.0.1', port }, pids(swarm));
      swarm.signal('SIGTERM');
      expect(await swarm.exited).toEqual(CLEAN);
    },
  );

  test('at a path, whose socket is removed when the swarm ends', async () => {
    const path = join(await temporaryDirectory(), 'web.sock');
    const swarm = await addressSwarm({ PORT: path }, 1);
    await untilAllAnswered({ socketPath: path }, pids(swarm));
    expect((await stat(path)).mode & 0o444).toBe(0o444);
    for (const pid of pids(swarm)) process.kill(pid, 'SIGUSR2');
    await swarm.event('worker.ready', 4);
    await swarm.heard('listens', 4);
    await untilAllAnswered({ socketPath: path }, pids(swarm).slice(2));
    swarm.signal('SIGUSR2');
    await swarm.event('worker.ready', 6);
    await swarm.event('worker.exit', 4);
    await untilAllAnswered({ socketPath: path }, pids(swarm).slice(4));
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    expect(existsSync(path)).toBe(false);
  });

  test('at a relative path', async () => {
    const cwd = await temporaryDirectory();
    const path = join(cwd, 'web.sock');
    const swarm = new Swarm(['-r', fixture('addresses.mjs')], {
      cwd,
      env: { COUNT: '2', PORT: './web.sock' },
    });
    await swarm.heard('listens', 2);
    await swarm.event('worker.ready', 2);
    await untilAllAnswered({ socketPath: path }, pids(swarm));
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    expect(existsSync(path)).toBe(false);
  });
});

describe('a path that cannot be listened on', () => {
  test("because a file exists there: the error is Node's own, and the file stays", async () => {
    const path = join(await temporaryDirectory(), 'web.sock');
    await writeFile(path, '');
    const swarm = new Swarm(['-r', './addresses.mjs'], { env: { COUNT: '2', PORT: path } });
    await swarm.event('worker.exit');
    swarm.signal('SIGTERM');
    await swarm.exited;
    expect(swarm.errors).toContain(`Error: listen EADDRINUSE: address already in use ${path}`);
    expect(existsSync(path)).toBe(true);
  });
});

test('without the addon, the error of the second worker says that a path cannot be shared', async () => {
  const bin = await withoutAddon(await install());
  const path = join(await temporaryDirectory(), 'web.sock');
  const swarm = new Swarm(['-r', './addresses.mjs'], { bin, env: { COUNT: '2', PORT: path } });
  await swarm.event('worker.exit');
  expect(swarm.errors.join('\n')).toMatch(
    /EADDRINUSE: .*, by another worker: swarm runs without its addon here, and .* Unix socket$/m,
  );
});

test('a swarm whose workers do not listen on PORT leaves a socket there to its owner', async () => {
  const path = join(await temporaryDirectory(), 'web.sock');
  const swarm = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '1', PORT: path } });
  await swarm.event('worker.ready');
  const server = createServer();
  onTestFinished(() => void server.close());
  await once(server.listen(path), 'listening');
  swarm.signal('SIGTERM');
  await swarm.exited;
  expect(existsSync(path)).toBe(true);
});
