import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ask, command } from '../support/control.ts';
import { Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { freePort } from '../support/web.ts';

const CLEAN = { code: 0, signal: null };

/** Sends a request to SWARM_LISTEN. */
async function probe(port: number, path: string, method = 'GET', host = '127.0.0.1') {
  const { code, text: body } = await ask({ host, port }, method, path);
  return { code, body: body.trim() };
}

/** A swarm whose workers become ready only when the test lets them through. */
async function gated(count: number, module = './gate.mjs') {
  const directory = await temporaryDirectory();
  const [port, GO] = [await freePort(), join(directory, 'go')];
  const env = { COUNT: String(count), SWARM_LISTEN: String(port), SWARM_SOCKET: join(directory, 'socket'), GO };
  const swarm = new Swarm(['-r', module], { env });
  const letThrough = (index: number) => writeFile(`${GO}.${index}`, '');
  const status = async () => {
    const { exitCode, stdout } = await command(['status', '--ready'], { SWARM_SOCKET: env.SWARM_SOCKET });
    return [exitCode, stdout];
  };
  return { swarm, port, socket: env.SWARM_SOCKET, letThrough, status };
}

test('probes and swarm status --ready tell whether the swarm is ready, from boot to stop', async () => {
  const { swarm, port, letThrough, status } = await gated(2);
  await swarm.heard('waits', 2);
  expect(await probe(port, '/livez')).toEqual({ code: 200, body: 'the swarm is alive' });
  expect(await probe(port, '/readyz')).toEqual({ code: 503, body: '0 of 2 workers are ready' });
  await letThrough(0);
  await swarm.event('worker.ready');
  expect(await probe(port, '/readyz')).toEqual({ code: 503, body: '1 of 2 workers are ready' });
  expect(await status()).toEqual([1, 'not ready: 1 of 2 workers are ready']);
  await letThrough(1);
  await swarm.event('worker.ready', 2);
  expect(await probe(port, '/readyz')).toEqual({ code: 200, body: '2 of 2 workers are ready' });
  expect(await status()).toEqual([0, '2 of 2 workers are ready']);

  swarm.signal('SIGUSR1');
  await swarm.event('quiet');
  expect(await probe(port, '/readyz')).toEqual({ code: 503, body: 'the swarm takes no new work' });
  expect(await status()).toEqual([1, 'not ready: the swarm takes no new work']);
  expect(await probe(port, '/livez')).toMatchObject({ code: 200 });
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual(CLEAN);
  await expect(probe(port, '/livez')).rejects.toThrow('ECONNREFUSED');
  expect(await status()).toEqual([1, '']);
});

test('probes succeed throughout a rolling restart', async () => {
  const { swarm, port, letThrough } = await gated(2);
  await Promise.all([letThrough(0), letThrough(1)]);
  await swarm.event('worker.ready', 2);
  swarm.signal('SIGUSR2');
  const answers = new Set<string>();
  while (swarm.events('reload').length < 2) {
    const { code, body } = await probe(port, '/readyz');
    answers.add(`${code} ${body}`);
  }
  expect([...answers]).toEqual(['200 2 of 2 workers are ready']);
});

test('readiness fails throughout a crash loop, and names the worker that fails', async () => {
  const { swarm, port } = await gated(2, './crashes-in-slot-1.mjs');
  await swarm.event('worker.backoff');
  const answers = new Set<string>();
  while (swarm.events('worker.backoff').length < 3) {
    const { code, body } = await probe(port, '/readyz');
    answers.add(`${code} ${body.replace(/^[12] of 2|\d+(?= times)/g, 'n')}`);
    expect(await probe(port, '/livez')).toMatchObject({ code: 200 });
  }
  expect([...answers]).toEqual(['503 n workers are ready; worker 1 has failed n times in a row']);
});

test('readiness fails while the swarm boots and while it stops', async () => {
  const directory = await temporaryDirectory();
  const module = join(directory, 'app.mjs');
  const waiting = `import { existsSync } from 'node:fs';
    console.log('loads 0');
    while (!existsSync(new URL('go', import.meta.url))) await new Promise((resolve) => setTimeout(resolve, 10));
    export default () => ({ timer: setInterval(() => {}, 1000), close: () => new Promise(() => {}) });`;
  await writeFile(module, waiting);
  const [port, socket] = [await freePort(), join(directory, 'socket')];
  const env = {
    COUNT: '1',
    SWARM_LISTEN: String(port),
    SWARM_SOCKET: socket,
    SWARM_MODE: 'fork',
    SWARM_PRELOAD_APP: '1',
  };
  const swarm = new Swarm(['-r', module], { env, cwd: directory });
  await swarm.heard('loads');
  expect(await probe(port, '/readyz')).toEqual({ code: 503, body: 'the swarm is booting' });
  await writeFile(join(directory, 'go'), '');
  await swarm.event('worker.ready');
  expect(await probe(port, '/readyz')).toMatchObject({ code: 200 });
  swarm.signal('SIGTERM');
  await swarm.event('stop');
  expect(await probe(port, '/readyz')).toEqual({ code: 503, body: 'the swarm is stopping' });
  expect(await probe(port, '/livez')).toMatchObject({ code: 200 });
});

test('SWARM_LISTEN accepts no command, on any address', async () => {
  const { swarm, port, letThrough } = await gated(1);
  await letThrough(0);
  await swarm.event('worker.ready');
  for (const path of ['/stop', '/quiet', '/restart', '/favicon.ico', '/constructor']) {
    for (const method of ['GET', 'POST']) {
      expect(await probe(port, path, method)).toEqual({
        code: 404,
        body: '{"error":"no such path: this server answers GET /, GET /livez, GET /readyz, GET /summary, GET /status and GET /metrics"}',
      });
    }
  }
  for (const path of ['/', '/livez', '/readyz', '/summary', '/status', '/metrics']) {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      expect(await probe(port, path, method)).toMatchObject({ code: 405, body: `{"error":"${path} requires GET"}` });
    }
    expect(await probe(port, path, 'HEAD')).toEqual({ code: 200, body: '' });
    expect(await probe(port, path, 'GET', '::1')).toMatchObject({ code: 200 });
  }
  expect(JSON.parse((await probe(port, '/status')).body)).toMatchObject({ pid: swarm.pid, ready: 1 });
  expect((await probe(port, '/metrics')).body).toContain('\nswarm_workers_ready 1\n');
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual(CLEAN);
});

test.each([
  ['over TCP', 1000],
  // More do not fit into the backlog of a Unix socket.
  ['on the control socket', 400],
])('probes are answered %s while %i other clients hold connections with unfinished requests', async (where, crowd) => {
  const { swarm, port, socket: path, letThrough } = await gated(1);
  const place = where === 'over TCP' ? { host: '127.0.0.1', port } : { path };
  await letThrough(0);
  await swarm.event('worker.ready');
  const others: Socket[] = [];
  onTestFinished(() => {
    for (const socket of others) socket.destroy();
  });
  for (let number = 0; number < crowd; number += 1) {
    const socket = connect(place).on('error', () => {});
    others.push(socket);
    await once(socket, 'connect');
    socket.write('GET /readyz HT');
  }
  for (const question of ['/livez', '/readyz', '/metrics']) {
    expect(await ask('path' in place ? path : place, 'GET', question)).toMatchObject({ code: 200 });
  }
});

test('probes are answered after malformed requests', async () => {
  const { swarm, port, letThrough } = await gated(1);
  await letThrough(0);
  await swarm.event('worker.ready');
  const spaces = ' '.repeat(7000);
  const requests = [
    [`Content-Length:${spaces}a${spaces}\ra`, '400'],
    [`Content-Length: 1, 2`, '400'],
    [`X: ${'a'.repeat(60_000)}`, '431'],
    [`X: \0`, '400'],
    [`Content-Length:\t 0 `, '200'],
  ];
  for (const [header, code] of requests) {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.end(`GET /livez HTTP/1.1\r\n${header}\r\n\r\n`);
    expect((await text(socket)).slice(0, 12)).toBe(`HTTP/1.1 ${code}`);
  }
  expect(await probe(port, '/livez')).toMatchObject({ code: 200 });
});

describe('a SWARM_LISTEN address in use', () => {
  test('is an error, and no worker is started', async () => {
    const { swarm, port } = await gated(1);
    await swarm.event('boot');
    const second = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '1', SWARM_LISTEN: `localhost:${port}` } });
    expect(await second.exited).toEqual({ code: 78, signal: null });
    expect(second.errors).toEqual([
      `swarm: SWARM_LISTEN=localhost:${port} cannot be used: something else listens there (EADDRINUSE). ` +
        'Give another port or address, or leave it unset.',
    ]);
    expect(second.lines).toEqual([]);
  });
});
