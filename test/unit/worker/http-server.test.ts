import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { asService, type Service } from '../../../src/worker/services.ts';

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
  if (!found) throw new Error('an http.Server is not taken for a service');
  service = found;
});

/** Sends a request; resolves to the response, with its body read. */
async function request(agent: Agent | false = false): Promise<IncomingMessage> {
  const [response] = (await once(get({ host: '127.0.0.1', port, agent }), 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response;
}

/** The next request that arrives at the server. */
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
  it('goes on while it is quiet: whoever routes requests to it decides when there are none', async () => {
    server.on('request', (_request, response) => response.end());

    await service.quiet();

    expect(await request()).toHaveProperty('statusCode', 200);
  });

  it('finishes the running request before it has stopped', async () => {
    const order: string[] = [];
    const running = request();
    const response = await arrival();
    response.on('finish', () => order.push('answered'));

    const stopped = Promise.resolve(service.stop()).then(() => order.push('stopped'));
    expect(server.listening).toBe(false);
    // Far more than a socket takes at once.
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

  it('answers one more request over a connection that is kept alive: it may be on its way', async () => {
    server.on('request', (_request, response) => response.end());
    const agent = keepingAgent();
    expect((await request(agent)).headers.connection).toBe('keep-alive');

    const stopped = service.stop();
    expect((await request(agent)).headers.connection).toBe('close');

    await stopped;
  });

  it('does not wait for long where no such request comes, whatever the server allows', async () => {
    server.on('request', (_request, response) => response.end());
    server.keepAliveTimeout = 0;
    await request(keepingAgent());
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());

    const stopped = service.stop();
    vi.advanceTimersByTime(2000);

    await stopped;
  });

  it('does not wait for a connection on which nothing was ever sent, as browsers open them', async () => {
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

  it('ends the connection of a request that was running as soon as others, when it has been answered', async () => {
    server.keepAliveTimeout = 3_600_000;
    const running = request(keepingAgent());
    const response = await arrival();

    const stopped = service.stop();
    expect(server.keepAliveTimeout).toBe(2000);
    server.keepAliveTimeout = 1;
    response.end();

    await Promise.all([running, stopped]);
  });

  it('takes no further requests over a connection that a running request has kept alive', async () => {
    const agent = keepingAgent();
    const running = request(agent);
    const response = await arrival();

    const stopped = service.stop();
    server.on('request', (_request, next) => next.end());
    response.end();
    await running;

    expect((await request(agent)).headers.connection).toBe('close');
    await stopped;
  });

  it('may be stopped again, and where it never listened', async () => {
    await service.stop();
    await service.stop();
    await asService(createServer())?.stop();
  });
});
