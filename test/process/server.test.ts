import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { Swarm } from '../support/swarm.ts';

test('an http.Server answers its pending request after TERM, and does not wait for idle keep-alive connections', async () => {
  const swarm = new Swarm(['-r', './http.mjs'], { env: { COUNT: '1' } });
  const [response] = await request(swarm);

  swarm.signal('SIGTERM');

  const [answer] = await response;
  expect(answer.headers.connection).toBe('close');
  expect(await text(answer)).toBe('done');
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
});

test('a quiet http.Server answers its pending request, and the worker stays until it is stopped', async () => {
  const swarm = new Swarm(['-r', './http.mjs'], { env: { COUNT: '1' } });
  const [response] = await request(swarm);

  swarm.signal('SIGTSTP');

  const [answer] = await response;
  expect(await text(answer)).toBe('done');
  const [, , port] = (swarm.said('port')[0] ?? '').split(' ');
  const [error] = await once(get({ host: '127.0.0.1', port, agent: false }), 'error');
  expect(error).toHaveProperty('code', 'ECONNREFUSED');
  expect(swarm.events('worker.exit')).toEqual([]);
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
  expect(swarm.events('worker.exit')).toMatchObject([{ status: 0 }]);
});

test('the log names a request that is still unanswered at the deadline', async () => {
  const swarm = new Swarm(['-r', './http.mjs'], { env: { COUNT: '1', NEVER: '1', SWARM_TIMEOUT: '2' } });
  const [response] = await request(swarm);
  const reset = expect(response).rejects.toHaveProperty('code', 'ECONNRESET');

  swarm.signal('SIGTERM');

  await reset;
  expect((await swarm.event('worker.kill')).msg).toMatch(/it was busy with Server: GET \/report$/);
  expect(await swarm.exited).toEqual({ code: 1, signal: null });
});

/** Sends a request over a keep-alive connection. Resolves with its pending response once the server has the request. */
async function request(swarm: Swarm): Promise<[answer: Promise<[IncomingMessage]>]> {
  const [line = ''] = await swarm.heard('port');
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const port = Number(line.split(' ')[2]);
  const response = once(get({ host: '127.0.0.1', port, path: '/report?token=secret', agent }), 'response');
  await swarm.heard('request');
  return [response as Promise<[IncomingMessage]>];
}
