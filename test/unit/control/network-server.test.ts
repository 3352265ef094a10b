import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Answers } from '../../../src/control/answers.ts';
import { text as sentence } from '../../../src/control/http.ts';
import { NetworkServer } from '../../../src/control/network-server.ts';
import { freePort } from '../../support/web.ts';

/** Returns the answer of a server on `host` to a request whose Host header is `name`; none if undefined. */
async function answer(host: string | undefined, name: string | undefined): Promise<{ head: string; body: string }> {
  const port = await freePort();
  const server = await NetworkServer.open({ host, port });
  onTestFinished(() => server.close());
  server.serve({ onNetwork: async () => sentence(200, 'yes') } as unknown as Answers);
  const socket = connect({ port, host: host === '::1' ? host : '127.0.0.1' });
  await once(socket, 'connect');
  socket.end(`GET /status HTTP/1.1\r\n${name === undefined ? '' : `Host: ${name}\r\n`}\r\n`);
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  return { head, body: body.trim() };
}

describe('a server on a loopback address', () => {
  it.each(['127.0.0.1', '127.0.0.1:9394', '[::1]:9394', 'localhost', 'LocalHost:9394', 'swarm.localhost:1', undefined])(
    'answers a request for the host name %s',
    async (name) => {
      expect((await answer('127.0.0.1', name)).body).toBe('yes');
    },
  );

  it.each([
    'evil.example',
    'evil.example:9394',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evillocalhost',
    '[::1',
  ])('refuses a request for the host name %s, which may have been rebound', async (name) => {
    const { head, body } = await answer('127.0.0.1', name);
    expect(head).toMatch(/^HTTP\/1\.1 421 Misdirected Request\r\n/);
    expect(JSON.parse(body)).toEqual({ error: expect.stringContaining('use 127.0.0.1 or localhost') });
  });

  it.each(['::1', '::ffff:127.0.0.1'])('does the same if that is %s', async (host) => {
    expect((await answer(host, '[::1]:9394')).body).toBe('yes');
    expect((await answer(host, 'evil.example')).head).toContain('421');
  });
});

it('a server on other addresses answers a request for any host name', async () => {
  expect((await answer(undefined, 'jobs.internal:9394')).body).toBe('yes');
});

it('response headers keep other sites from using an answer, and browsers from caching it', async () => {
  const { head } = await answer(undefined, undefined);
  expect(head.split('\r\n')).toEqual(
    expect.arrayContaining([
      'Cache-Control: no-store',
      'Cross-Origin-Resource-Policy: same-origin',
      'Referrer-Policy: no-referrer',
      'X-Content-Type-Options: nosniff',
    ]),
  );
});
