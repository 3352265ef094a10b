import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { execa } from 'execa';
import { describe, expect, onTestFinished, test } from 'vitest';
import { install, withoutAddon } from '../support/package.ts';
import { fixture, NODE, Swarm } from '../support/swarm.ts';
import { freePort, Load, request } from '../support/web.ts';

const CLEAN = { code: 0, signal: null };

async function webSwarm(count: number, env: NodeJS.ProcessEnv = {}): Promise<{ swarm: Swarm; port: number }> {
  const port = await freePort();
  const swarm = new Swarm(['-r', './web.mjs'], {
    env: { COUNT: String(count), PORT: String(port), SWARM_LOG_LEVEL: 'debug', ...env },
  });
  await swarm.event('worker.ready', count);
  return { swarm, port };
}

function pids(swarm: Swarm): number[] {
  return swarm.events('worker.ready').map(({ pid }) => pid as number);
}

/** Sends requests until each of these workers has answered. */
async function untilAllAnswered(port: number, workers: readonly number[]): Promise<void> {
  const missing = new Set(workers);
  while (missing.size > 0) {
    // In parallel: one at a time, the same worker could accept every connection.
    const answers = await Promise.all(Array.from({ length: 16 }, () => request(port)));
    for (const { pid } of answers) missing.delete(pid);
  }
}

/** A server outside the swarm. */
async function foreignServer(port: number): Promise<Server> {
  const server = createServer();
  onTestFinished(() => void server.close());
  await once(server.listen(port), 'listening');
  return server;
}

/** Connects repeatedly until a connection is refused. */
async function untilRefused(port: number): Promise<void> {
  for (;;) {
    const socket = createConnection({ host: '127.0.0.1', port });
    const [error] = await Promise.race([once(socket, 'error'), once(socket, 'connect').then(() => [undefined])]);
    socket.destroy();
    if ((error as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED') return;
  }
}

describe('workers that listen on PORT', () => {
  test('all answer if they are spawned because the molds die', async () => {
    const env = { SWARM_MODE: 'auto', NODE_OPTIONS: `--require=${fixture('ends-molds.cjs')}` };
    const { swarm, port } = await webSwarm(2, env);
    expect(swarm.events('boot')[0]).toMatchObject({ mode: 'spawn' });
    await untilAllAnswered(port, pids(swarm));
    expect(swarm.events('worker.failed')).toEqual([]);
  });

  test('all answer, and free it when they stop', async () => {
    const { swarm, port } = await webSwarm(4);
    await untilAllAnswered(port, pids(swarm));
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    await foreignServer(port);
  });

  test("get Node's own error if another program has it", async () => {
    const port = await freePort();
    await foreignServer(port);
    const swarm = new Swarm(['-r', './web.mjs'], { env: { COUNT: '2', PORT: String(port) } });
    await swarm.event('worker.exit');
    swarm.signal('SIGTERM');
    await swarm.exited;
    expect(swarm.errors).toContain(`Error: listen EADDRINUSE: address already in use :::${port}`);
    expect(swarm.errors.join('\n')).not.toContain('another worker');
  });

  test('get it as soon as another program frees it', async () => {
    const port = await freePort();
    const foreign = await foreignServer(port);
    const swarm = new Swarm(['-r', './web.mjs'], { env: { COUNT: '2', PORT: String(port), RETRY: '1' } });
    await swarm.heard('retries', 4);
    foreign.close();
    await swarm.heard('listens', 2);
    await swarm.event('worker.ready', 2);
    await untilAllAnswered(port, pids(swarm));
  });

  test('answer all pending requests after a burst of TERM', async () => {
    const { swarm, port } = await webSwarm(3);
    const answers = Array.from({ length: 12 }, () => request(port, '/held'));
    await swarm.heard('holds', 12);
    for (let burst = 0; burst < 3; burst += 1) swarm.signalAll('SIGTERM');
    await swarm.event('worker.stop', 3);
    swarm.signalAll('SIGWINCH');
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect(await swarm.exited).toEqual(CLEAN);
  });

  test('answer in place of one that was killed', async () => {
    const { swarm, port } = await webSwarm(3);
    const [victim, ...others] = pids(swarm);
    process.kill(victim as number, 'SIGKILL');
    await swarm.event('worker.exit');
    for (let asked = 0; asked < 100; asked += 1) {
      expect(await request(port)).toMatchObject({ status: 200 });
    }
    await swarm.event('worker.ready', 4);
    await untilAllAnswered(port, [...others, pids(swarm)[3] as number]);
  });

  test('lose no request while none is alive: requests wait for the next one', async () => {
    const { swarm, port } = await webSwarm(1);
    const [victim] = pids(swarm);
    process.kill(victim as number, 'SIGSTOP');
    const sockets = Array.from({ length: 8 }, () => createConnection({ host: '127.0.0.1', port }));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    process.kill(victim as number, 'SIGKILL');
    await swarm.event('worker.exit');
    for (const socket of sockets) socket.end('GET / HTTP/1.0\r\n\r\n');
    const { pid } = await swarm.event('worker.ready', 2);
    for (const answer of await Promise.all(sockets.map((socket) => text(socket)))) {
      expect(answer).toMatch(/^HTTP\/1.1 200/);
      expect(answer).toContain(` ${pid}`);
    }
  });

  for (const signal of ['SIGTERM', 'SIGTSTP'] as const) {
    test(`refuse connections after ${signal} once all have closed it, even while one still has work`, async () => {
      const { swarm, port } = await webSwarm(2);
      const answer = request(port, '/held');
      const [, , pid] = (await swarm.heard('holds'))[0]?.split(' ') ?? [];
      swarm.signal(signal);
      if (signal === 'SIGTSTP') {
        await swarm.event('worker.quiet', 2);
        for (const each of pids(swarm)) process.kill(each, 'SIGTERM');
      }
      await swarm.event('worker.stop', 2);
      await untilRefused(port);
      process.kill(Number(pid), 'SIGWINCH');
      expect(await answer).toMatchObject({ status: 200, pid: Number(pid) });
      swarm.signal('SIGTERM');
      expect(await swarm.exited).toEqual(CLEAN);
    });
  }

  test('do not pass its socket to their children', async () => {
    const { swarm } = await webSwarm(1, { CHILD: '1' });
    const [files] = await swarm.heard('files');
    // Node gives 0 to 2 to every child.
    expect(files).toMatch(/ 0 -> /);
    expect(files).not.toMatch(/ (?:[3-9]|\d\d+) -> socket/);
  });
});

describe('a server on PORT that the module does not export', () => {
  async function unaskedSwarm(env: NodeJS.ProcessEnv = {}): Promise<{ swarm: Swarm; port: number }> {
    const port = await freePort();
    const swarm = new Swarm(['-r', './unasked-server.mjs'], {
      env: { COUNT: '1', PORT: String(port), SWARM_LOG_LEVEL: 'debug', ...env },
    });
    await swarm.event('worker.ready');
    return { swarm, port };
  }

  test('answers pending requests, then the worker exits', async () => {
    const { swarm, port } = await unaskedSwarm();
    const answer = request(port, '/held');
    await swarm.heard('holds');
    swarm.signalAll('SIGTERM');
    await swarm.event('worker.stop');
    swarm.signalAll('SIGWINCH');
    expect(await answer).toMatchObject({ status: 200, body: 'held' });
    expect(await swarm.exited).toEqual(CLEAN);
  });

  test('is closed only by the application if that handles SIGTERM', async () => {
    const { swarm, port } = await unaskedSwarm({ HANDLER: '1' });
    const answer = request(port, '/held');
    await swarm.heard('holds');
    swarm.signal('SIGTERM');
    expect(await swarm.heard('handles')).toEqual(['handles 0 true']);
    swarm.signalAll('SIGWINCH');
    expect(await answer).toMatchObject({ status: 200 });
    await swarm.exited;
    expect(swarm.events('worker.exit')).toMatchObject([{ status: 7 }]);
  });

  test('does not wait for upgraded connections', async () => {
    const { swarm, port } = await unaskedSwarm();
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n');
    const ended = once(socket.resume(), 'end');
    await swarm.heard('upgraded');
    swarm.signal('SIGTERM');
    await ended;
    expect(await swarm.exited).toEqual(CLEAN);
    expect(swarm.events('worker.kill')).toEqual([]);
  });
});

describe('a port that is not shared', () => {
  const ADVICE = /^Error: listen EADDRINUSE: .*:(\d+), by another worker: only PORT is shared .* and set it$/m;

  test('because it is not PORT: the error of the second worker says so', async () => {
    const port = await freePort();
    const env = { COUNT: '2', PORT: String(await freePort()), OTHER_PORT: String(port) };
    const swarm = new Swarm(['-r', './web.mjs'], { env });
    await swarm.event('worker.exit');
    expect(swarm.errors.join('\n')).toMatch(ADVICE);
    expect(await request(port)).toMatchObject({ status: 200 });
  });

  test("because another program has it: the error is Node's own", async () => {
    const port = await freePort();
    await foreignServer(port);
    const env = { COUNT: '2', PORT: String(await freePort()), OTHER_PORT: String(port) };
    const swarm = new Swarm(['-r', './web.mjs'], { env });
    await swarm.event('worker.exit');
    swarm.signal('SIGTERM');
    await swarm.exited;
    expect(swarm.errors).toContain(`Error: listen EADDRINUSE: address already in use :::${port}`);
    expect(swarm.errors.join('\n')).not.toContain('another worker');
  });

  test('because PORT is not set: the error of the second worker says so', async () => {
    const port = await freePort();
    const swarm = new Swarm(['-r', './web.mjs'], { env: { COUNT: '2', PORT: '', OTHER_PORT: String(port) } });
    await swarm.event('worker.exit');
    expect(swarm.errors.join('\n')).toMatch(ADVICE);
  });
});

describe('without the addon', () => {
  test('workers share PORT if Node supports it, and otherwise say why they cannot', async () => {
    const bin = await withoutAddon(await install());
    const port = await freePort();
    const swarm = new Swarm(['-r', './web.mjs'], { bin, env: { COUNT: '2', PORT: String(port) } });
    await swarm.until('both workers ready, or one failed', () => {
      return swarm.events('worker.ready').length === 2 || swarm.events('worker.exit').length > 0;
    });
    expect(swarm.events('boot')[0]).toMatchObject({ mode: 'spawn' });
    const [major = 0, minor = 0] = (await execa(NODE, ['-p', 'process.versions.node'])).stdout.split('.').map(Number);
    if (major > 22 || (major === 22 && minor >= 12)) {
      await untilAllAnswered(port, pids(swarm));
    } else {
      await swarm.until('the reason', () => swarm.errors.some((line) => line.includes('EADDRINUSE')));
      expect(swarm.errors.join('\n')).toMatch(
        /, by another worker: swarm runs without its addon here, and .* Node 22\.12/,
      );
    }
  });
});

describe('while workers are replaced repeatedly', () => {
  for (const keepAlive of [false, true]) {
    test(`no request fails ${keepAlive ? 'over keep-alive connections' : 'over new connections'}`, async () => {
      const { swarm, port } = await webSwarm(3);
      const load = new Load(port, { clients: 8, keepAlive });
      for (let renewed = 0; renewed < 6; renewed += 1) {
        process.kill(pids(swarm)[renewed] as number, 'SIGUSR2');
        await swarm.event('worker.ready', 3 + renewed + 1);
      }
      await load.stop();
      expect(load.failures).toEqual([]);
      expect(load.count).toBeGreaterThan(100);
      swarm.signal('SIGTERM');
      expect(await swarm.exited).toEqual(CLEAN);
    });
  }
});

describe('during repeated rolling restarts', () => {
  for (const keepAlive of [false, true]) {
    test(`no request fails ${keepAlive ? 'over keep-alive connections' : 'over new connections'}`, async () => {
      const { swarm, port } = await webSwarm(3);
      const load = new Load(port, { clients: 8, keepAlive });
      for (let generation = 2; generation <= 3; generation += 1) {
        swarm.signal('SIGUSR2');
        await swarm.until(`generation ${generation}`, () =>
          swarm.log.some(({ msg }) => msg.startsWith(`generation ${generation} is running: `)),
        );
      }
      await untilAllAnswered(port, pids(swarm).slice(-3));
      await load.stop();
      expect(load.failures).toEqual([]);
      expect(load.count).toBeGreaterThan(100);
      swarm.signal('SIGTERM');
      expect(await swarm.exited).toEqual(CLEAN);
    });
  }
});
