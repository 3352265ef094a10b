import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { Connections } from '../../../src/control/connections.ts';
import type { Answer } from '../../../src/control/http.ts';

const REQUEST = 'GET /metrics HTTP/1.1\r\n\r\n';
const ANSWER: Answer = { code: 200, type: 'text/plain', body: 'answer' };

/** Opens a server. Returns a function that connects a client. */
async function open(answer: () => Promise<Answer>) {
  const server = createServer({ allowHalfOpen: true });
  const connections = new Connections(server);
  connections.serve(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    connections.close();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return async (): Promise<Socket> => {
    const accepted = once(server, 'connection');
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    await accepted;
    return socket;
  };
}

test('a client waiting for its answer is not closed while silent ones can make room', async () => {
  const events = new EventEmitter();
  const client = await open(async () => {
    events.emit('asked');
    await once(events, 'answer');
    return ANSWER;
  });
  const asking = await client();
  const received = text(asking);
  const asked = once(events, 'asked');
  asking.write(REQUEST);
  await asked;
  const silent = await client();
  const closed = once(silent, 'close');
  for (let more = 0; more < 255; more += 1) await client();
  silent.resume();
  await closed;
  events.emit('answer');
  expect(await received).toMatch(/answer$/);
});

test('if all clients are waiting for answers, the oldest is closed to make room', async () => {
  let asked = 0;
  const client = await open(() => {
    asked += 1;
    return new Promise(() => {});
  });
  const ask = async () => {
    const socket = await client();
    socket.resume().write(REQUEST);
    return socket;
  };
  const first = await ask();
  const closed = once(first, 'close');
  for (let more = 0; more < 255; more += 1) await ask();
  while (asked < 256) await new Promise(setImmediate);
  expect(first.destroyed).toBe(false);
  await ask();
  await closed;
});
