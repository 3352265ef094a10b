import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { IDLE_TIMEOUT } from '../../../../src/worker/services/http-server.ts';
import type { Service } from '../../../../src/worker/services/service.ts';
import { asService } from '../../../../src/worker/services/shapes.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

let server: Server;
let port: number;
let service: Service;

beforeEach(async () => {
  server = createServer();
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ({ port } = server.address() as AddressInfo);
  const found = asService(server);
  if (!found) throw new Error('an http.Server is not recognized as a service');
  service = found;
});

/** Sends a request. Resolves to the response after reading its body. */
async function request(agent: Agent | false = false): Promise<IncomingMessage> {
  const [response] = (await once(get({ host: '127.0.0.1', port, agent }), 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response;
}

/** Waits for the next request, and resolves to the server's response object. */
async function arrival(): Promise<ServerResponse> {
  const [, response] = await once(server, 'request');
  return response as ServerResponse;
}

function keepingAgent(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  return agent;
}

describe('an http.Server', () => {
  it('refuses new connections while it is quiet, and does not wait for the running request', async () => {
    const running = request();
    const response = await arrival();

    await service.quiet?.();

    expect(server.listening).toBe(false);
    const [error] = await once(get({ host: '127.0.0.1', port, agent: false }), 'error');
    expect(error).toHaveProperty('code', 'ECONNREFUSED');
    response.end();
    expect(await running).toHaveProperty('statusCode', 200);
    await service.stop();
  });

  it('sends "Connection: close" to the clients of running requests', async () => {
    const running = request(keepingAgent());
    const response = await arrival();

    await service.quiet?.();
    response.end();

    expect((await running).headers.connection).toBe('close');
    await service.stop();
  });

  it('closes a connection after its response, even if the headers were already sent', async () => {
    const running = request(keepingAgent());
    const response = await arrival();
    response.write('begun');

    const stopped = service.stop();
    response.end();

    expect((await running).headers.connection).toBe('keep-alive');
    await stopped;
  });

  it('answers a request sent while the event loop was blocked before it closes idle connections', async () => {
    server.on('request', (_, response) => response.end('answer'));
    const client = connect(port, '127.0.0.1');
    const answers = client.setEncoding('utf8').iterator();
    client.write(REQUEST);
    await answers.next();

    const stopped = service.stop();
    client.write(REQUEST);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, IDLE_TIMEOUT + 100);

    expect((await answers.next()).value).toMatch(/^HTTP\/1\.1 200 OK\r\nConnection: close\r\n/);
    await stopped;
  });

  it('names the running requests without their query strings, which can contain secrets', async () => {
    const client = get({ host: '127.0.0.1', port, path: '/reports/7?token=secret', agent: false });
    const response = await arrival();
    expect(service.running?.()).toEqual(['GET /reports/7']);

    response.end();
    const [answer] = (await once(client, 'response')) as [IncomingMessage];
    answer.resume();
    await service.stop();
    expect(service.running?.()).toEqual([]);
  });

  it('emits one close event, however often it is stopped', async () => {
    let closed = 0;
    server.on('close', () => {
      closed += 1;
    });

    await service.quiet?.();
    await service.quiet?.();
    await Promise.all([service.stop(), service.stop()]);
    await service.quiet?.();
    await service.stop();

    expect(closed).toBe(1);
  });

  it('finishes the running request before it stops', async () => {
    const order: string[] = [];
    const running = request();
    const response = await arrival();
    response.on('finish', () => order.push('answered'));

    const stopped = Promise.resolve(service.stop()).then(() => order.push('stopped'));
    expect(server.listening).toBe(false);
    // Far more than fits into a socket buffer.
    response.end(Buffer.alloc(8 * 1024 * 1024));

    expect(await running).toHaveProperty('statusCode', 200);
    await stopped;
    expect(order).toEqual(['answered', 'stopped']);
  });

  it('refuses new connections from the moment it stops', async () => {
    const running = request();
    const response = await arrival();

    const stopped = service.stop();
    const [error] = await once(get({ host: '127.0.0.1', port, agent: false }), 'error');
    expect(error).toHaveProperty('code', 'ECONNREFUSED');

    response.end();
    await Promise.all([running, stopped]);
  });

  it('answers one more request on a keep-alive connection, because it may be on its way', async () => {
    server.on('request', (_request, response) => response.end());
    const agent = keepingAgent();
    expect((await request(agent)).headers.connection).toBe('keep-alive');

    const stopped = service.stop();
    expect((await request(agent)).headers.connection).toBe('close');

    await stopped;
  });

  it('waits only briefly for that request, whatever the keep-alive timeout of the server', async () => {
    server.on('request', (_request, response) => response.end());
    server.keepAliveTimeout = 0;
    await request(keepingAgent());
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());

    const stopped = service.stop();
    vi.advanceTimersByTime(2000);

    await stopped;
  });

  it('does not wait for a connection without any request, which browsers open in advance', async () => {
    const arrived = once(server, 'connection');
    const socket = connect({ host: '127.0.0.1', port });
    onTestFinished(() => void socket.destroy());
    await arrived;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());

    const stopped = service.stop();
    vi.advanceTimersByTime(2000);

    await stopped;
  });

  it('closes the connection of an answered request as soon as other idle ones', async () => {
    server.keepAliveTimeout = 3_600_000;
    const running = request(keepingAgent());
    const response = await arrival();

    const stopped = service.stop();
    expect(server.keepAliveTimeout).toBe(2000);
    server.keepAliveTimeout = 1;
    response.end();

    await Promise.all([running, stopped]);
  });

  it('answers only one more request on a connection whose headers were already sent', async () => {
    const agent = keepingAgent();
    const running = request(agent);
    const response = await arrival();
    response.write('begun');

    const stopped = service.stop();
    server.on('request', (_request, next) => next.end());
    response.end();
    expect((await running).headers.connection).toBe('keep-alive');

    expect((await request(agent)).headers.connection).toBe('close');
    await stopped;
  });

  it('can be stopped repeatedly, and without ever having listened', async () => {
    await service.stop();
    await service.stop();
    await asService(createServer())?.stop();
  });
});
