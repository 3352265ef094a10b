import { once } from 'node:events';
import { get } from 'node:http';
import { type AddressInfo, connect, createServer, type NetConnectOpts } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hidePort } from '../../../../src/worker/port/hidden-port.ts';
import { freePort } from '../../../support/free-port.js';

async function listening(): Promise<number> {
  const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function refusal(options: NetConnectOpts): Promise<object> {
  const socket = connect(options);
  // Write before the connection is open, as an HTTP client does.
  socket.write('GET / HTTP/1.0\r\n\r\n');
  const [error] = await once(socket, 'error');
  const { message, ...properties } = error as NodeJS.ErrnoException;
  return { ...properties, message };
}

describe('a hidden port', () => {
  it('refuses connections with the error of a port on which nothing listens', async () => {
    const port = await listening();
    const other = await freePort();
    onTestFinished(hidePort(port));
    const plain = await refusal({ host: '127.0.0.1', port: other });

    const text = JSON.stringify(await refusal({ host: '127.0.0.1', port })).replaceAll(String(port), String(other));
    expect(JSON.parse(text)).toEqual(plain);
    const [error] = await once(get({ host: '127.0.0.1', port, agent: false }), 'error');
    expect(error).toHaveProperty('code', 'ECONNREFUSED');
  });

  it('is hidden whatever the form of the address', async () => {
    const port = await listening();
    onTestFinished(hidePort(port));
    const sockets = [connect(port), connect(port, 'localhost'), connect({ port, host: '::1' })];
    const errors = await Promise.all(sockets.map((socket) => once(socket, 'error')));
    expect(errors.map(([{ code }]) => code)).toEqual(Array(3).fill('ECONNREFUSED'));
  });

  it('does not affect other ports or other hosts', async () => {
    const port = await listening();
    onTestFinished(hidePort(port));
    await once(connect(await listening(), '127.0.0.1'), 'connect');
    await once(connect(port, '127.0.0.1'), 'error');
    const elsewhere = connect(port, '127.0.0.1.invalid');
    const [error] = await once(elsewhere, 'error');
    expect(error).toHaveProperty('syscall', 'getaddrinfo');
  });

  it('accepts connections again once it is shown', async () => {
    const port = await listening();
    const show = hidePort(port);
    show();
    await once(connect(port, '127.0.0.1'), 'connect');
  });
});
