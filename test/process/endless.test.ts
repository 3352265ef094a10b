import { once } from 'node:events';
import { get as getPlain, type IncomingMessage } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import { get as getSecure } from 'node:https';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Swarm } from '../support/swarm.ts';
import { freePort } from '../support/web.ts';

async function streamSwarm(PROTOCOL: string): Promise<{ swarm: Swarm; port: number }> {
  const port = await freePort();
  const swarm = new Swarm(['-r', './streams.mjs'], { env: { COUNT: '1', PORT: String(port), PROTOCOL } });
  await swarm.event('worker.ready');
  return { swarm, port };
}

/** Sends a request. Resolves when its response has begun. */
async function begun(port: number, path: string, get: typeof getPlain | typeof getSecure = getPlain) {
  const request = get({ host: '127.0.0.1', port, path, agent: false, rejectUnauthorized: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

function session(port: number): ClientHttp2Session {
  const client = connect(`http://127.0.0.1:${port}`);
  onTestFinished(() => client.destroy());
  return client;
}

/** Expects the worker to exit by itself, without an error. */
async function expectCleanExit(swarm: Swarm): Promise<void> {
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
  expect(swarm.events('worker.kill')).toEqual([]);
  expect(swarm.events('worker.exit')).toMatchObject([{ status: 0 }]);
  expect(swarm.errors).toEqual([]);
}

describe('an endless response ends when the worker stops', () => {
  test.each(['/events', '/head', '/camera', '/flood'])('over HTTP: %s', async (path) => {
    const { swarm, port } = await streamSwarm('http');
    const response = await begun(port, path);
    const body = text(response);
    swarm.signal('SIGTERM');
    expect(await body).toMatch(/\n\n$/);
    expect(response.complete).toBe(true);
    await expectCleanExit(swarm);
    expect(swarm.said('closed')).toHaveLength(1);
  });

  test('if it is compressed', async () => {
    const { swarm, port } = await streamSwarm('http');
    const response = await begun(port, '/compressed');
    const body = text(response.pipe(createGunzip()));
    swarm.signal('SIGTERM');
    expect(await body).toMatch(/^data: begin\n\n/);
    await expectCleanExit(swarm);
  });

  test('for fetch', async () => {
    const { swarm, port } = await streamSwarm('http');
    const response = await fetch(`http://127.0.0.1:${port}/events`);
    const body = response.text();
    swarm.signal('SIGTERM');
    expect(await body).toMatch(/^data: begin\n\n/);
    await expectCleanExit(swarm);
  });

  test('even if it begins after the others have ended', async () => {
    const { swarm, port } = await streamSwarm('http');
    const early = await begun(port, '/events');
    const late = begun(port, '/late');
    await swarm.heard('holds', 2);
    swarm.signal('SIGTERM');
    await text(early);
    swarm.signalAll('SIGWINCH');
    expect(await text(await late)).toMatch(/^data: begin\n\n/);
    await expectCleanExit(swarm);
  });

  test('even if its client does not read', async () => {
    const { swarm, port } = await streamSwarm('http');
    const response = await begun(port, '/flood');
    response.pause();
    response.on('error', () => {});
    swarm.signal('SIGTERM');
    await expectCleanExit(swarm);
  });

  test.each(['https', 'both'])('over %s', async (protocol) => {
    const { swarm, port } = await streamSwarm(protocol);
    const response = await begun(port, '/head', getSecure);
    const body = text(response);
    swarm.signal('SIGTERM');
    expect(await body).toMatch(/^data: begin\n\n/);
    await expectCleanExit(swarm);
  });

  test.each([
    ['http2', '/events'],
    ['http2', '/head'],
    ['http2', '/compressed'],
    ['streams', '/events'],
  ])('over HTTP/2: %s %s', async (protocol, path) => {
    const { swarm, port } = await streamSwarm(protocol);
    const stream = session(port).request({ ':path': path });
    const body = text(path === '/compressed' ? stream.pipe(createGunzip()) : stream);
    await swarm.heard('holds');
    swarm.signal('SIGTERM');
    expect(await body).toMatch(/^data: begin\n\n/);
    expect(stream.rstCode).toBe(0);
    await expectCleanExit(swarm);
  });

  test('as a WebSocket over HTTP/2', async () => {
    const { swarm, port } = await streamSwarm('streams');
    const client = session(port);
    await once(client, 'remoteSettings');
    const stream = client.request(
      { ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/' },
      { endStream: false },
    );
    const body = text(stream);
    await swarm.heard('holds');
    swarm.signal('SIGTERM');
    expect(await body).toMatch(/^data: begin\n\n/);
    await expectCleanExit(swarm);
  });
});

describe('a stop waits for a response that ends by itself', () => {
  test.each([
    ['http', '/download', 'begin end'],
    ['http', '/poll', 'answer'],
    ['http2', '/download', 'begin end'],
    ['http2', '/poll', 'answer'],
  ])('over %s: %s', async (protocol, path, expected) => {
    const { swarm, port } = await streamSwarm(protocol);
    const ask = async (asked: string) =>
      protocol === 'http' ? text(await begun(port, asked)) : text(session(port).request({ ':path': asked }));
    const events = ask('/events');
    const body = ask(path);
    await swarm.heard('holds', 2);
    swarm.signal('SIGTERM');
    await events;
    swarm.signalAll('SIGWINCH');
    expect(await body).toBe(expected);
    await expectCleanExit(swarm);
  });
});
