import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { ask } from '../support/control.ts';
import { Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const MB = 1024 ** 2;
const METRICS = 'GET /metrics HTTP/1.1\r\nHost: swarm\r\n\r\n';
/** Memory that answers and their garbage can take for a moment. Answering every request took 1500 MB. */
const ROOM = 100 * MB;

async function running(): Promise<{ swarm: Swarm; path: string }> {
  const path = join(await temporaryDirectory(), 'control.sock');
  const swarm = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '2', SWARM_SOCKET: path } });
  await swarm.event('worker.ready', 2);
  return { swarm, path };
}

/** A client that reads nothing until `resume()`. */
function client(path: string): Socket {
  const socket = connect(path).on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return socket.pause();
}

function memoryOf({ pid }: Swarm): number {
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

test('only the first of pipelined requests is answered, and other clients are served meanwhile', async () => {
  const { swarm, path } = await running();
  await ask(path, 'GET', '/metrics');
  const before = memoryOf(swarm);
  let highest = before;
  const attackers = Array.from({ length: 5 }, () => client(path));
  const ends = attackers.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
  for (const socket of attackers) socket.write(METRICS.repeat(100_000));
  for (let asked = 0; asked < 20; asked += 1) {
    expect(await ask(path, 'GET', '/status')).toMatchObject({ code: 200, body: { ready: 2 } });
    highest = Math.max(highest, memoryOf(swarm));
  }
  for (const socket of attackers) socket.resume();
  await Promise.all(ends);
  expect(highest - before).toBeLessThan(ROOM);
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
});

test('a command pipelined behind an unanswered request is ignored', async () => {
  const { swarm, path } = await running();
  const socket = client(path);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(`${METRICS}POST /stop HTTP/1.1\r\nHost: swarm\r\n\r\n`);
  socket.resume();
  await closed;
  expect(await ask(path, 'GET', '/status')).toMatchObject({ body: { phase: 'running' } });
  expect(swarm.events('stop')).toEqual([]);
});

test('a keep-alive client gets each answer over a new connection', async () => {
  const { path } = await running();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  for (let asked = 0; asked < 50; asked += 1) {
    const question = request({ socketPath: path, path: asked % 2 ? '/metrics' : '/status', agent }).end();
    const [answer] = await once(question, 'response');
    expect(answer.statusCode).toBe(200);
    await text(answer);
  }
});

test.each([
  ['in pieces', ['GET /sta', 'tus HTTP/1.1\r\nHost: swarm\r', '\n\r\n']],
  ['of a client that closes its side', ['GET /status HTTP/1.0\r\n\r\n', null]],
  ['with a body', ['GET /status HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello']],
  ['with LF line ends', ['GET /status?a=b HTTP/1.1\nHost: swarm\n\n']],
])('a request %s is answered', async (_, parts) => {
  const { path } = await running();
  const socket = connect({ path, allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  for (const part of parts) {
    if (part === null) socket.end();
    else await new Promise((written) => socket.write(part, written));
  }
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Type: application\/json\r\n.*\r\n\r\n\{.*\}\n$/s);
});

test('an endless request body ends its connection', async () => {
  const { path } = await running();
  const socket = client(path).resume();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write('POST /nowhere HTTP/1.1\r\nHost: swarm\r\nTransfer-Encoding: chunked\r\n\r\n');
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
  const more = setInterval(() => void socket.write(chunk), 1);
  await closed;
  clearInterval(more);
  expect(await ask(path, 'GET', '/status')).toMatchObject({ code: 200 });
});
