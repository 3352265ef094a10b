import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  connect as connectHttp2,
  createServer as createHttp2Server,
  createSecureServer,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer as createHttpsServer, get } from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Service } from '../../../../src/worker/services/service.ts';
import { asService } from '../../../../src/worker/services/shapes.ts';
import { settled } from '../deferred.ts';

async function listening(server: Server): Promise<{ port: number; service: Service }> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const service = asService(server);
  if (!service) throw new Error('a server is not recognized as a service');
  return { port: (server.address() as AddressInfo).port, service };
}

async function expectRefused(port: number): Promise<void> {
  const [error] = await once(connect(port, '127.0.0.1'), 'error');
  expect(error).toHaveProperty('code', 'ECONNREFUSED');
}

describe('a net.Server', () => {
  it('refuses connections once quiet, and has stopped when the last one ends', async () => {
    const server = createServer();
    const { port, service } = await listening(server);
    const client = connect(port, '127.0.0.1');
    const [socket] = (await once(server, 'connection')) as [Socket];
    const order: string[] = [];

    await service.quiet?.();
    await expectRefused(port);
    const stopped = Promise.resolve(service.stop()).then(() => order.push('stopped'));
    await settled();
    order.push('ends');
    socket.end();
    client.resume();

    await stopped;
    expect(order).toEqual(['ends', 'stopped']);
    expect(service.takesWork).toBe(true);
  });
});

describe('an https server', () => {
  it('answers the running request, however long that takes', async () => {
    const parts = new URL('../../../fidelity/rows/parts/', import.meta.url);
    const [key, cert] = ['key', 'cert'].map((part) => readFileSync(new URL(`localhost.${part}.pem`, parts)));
    const server = createHttpsServer({ key, cert });
    const { port, service } = await listening(server);
    const client = get({ host: '127.0.0.1', port, agent: false, rejectUnauthorized: false });
    const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());

    const stopped = service.stop();
    vi.advanceTimersByTime(60_000);
    vi.useRealTimers();
    response.end('done');

    const [answer] = (await once(client, 'response')) as [IncomingMessage];
    expect(await text(answer)).toBe('done');
    await stopped;
  });
});

describe('an http2 server', () => {
  it('finishes the open stream, and makes the client open a new session for the next', async () => {
    const server = createHttp2Server();
    const { port, service } = await listening(server);
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    onTestFinished(() => session.destroy());
    const request = session.request({ ':path': '/' });
    const [stream] = (await once(server, 'stream')) as [ServerHttp2Stream];
    const leaving = once(session, 'goaway');

    await service.quiet?.();
    await leaving;
    await expectRefused(port);
    const stopped = service.stop();
    stream.respond({ ':status': 200 });
    stream.end('done');

    expect(await text(request)).toBe('done');
    await stopped;
  });
});

it('an http2 server that also accepts HTTP/1 is drained as an http2 server', () => {
  // Both have closeIdleConnections(). Only the service of an HTTP/1 server lists its requests.
  const [secure, plain] = [createSecureServer({ allowHTTP1: true }), createHttpsServer()].map(asService);
  expect([secure?.running, plain?.running]).toEqual([undefined, expect.any(Function)]);
});
