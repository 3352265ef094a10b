import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { lookup, lookupService, Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';

const part = (name) => readFileSync(new URL(`./parts/${name}`, import.meta.url));

export const network = {
  async 'dns: getaddrinfo and getnameinfo'() {
    // A minimal system may not define localhost. Then the resolver's own error is the right answer.
    const addresses = await lookup('localhost', { all: true }).catch(({ code }) => {
      assert.match(code, /^(ENOTFOUND|EAI_AGAIN)$/);
      return [];
    });
    for (const { address } of addresses) assert.match(address, /^(127\.|::1$)/);
    assert.match((await lookupService('127.0.0.1', 80)).service, /^(http|80)$/);
  },

  async 'dns: a resolver and its server'() {
    const server = createSocket('udp4');
    server.on('message', (query, { port, address }) => server.send(dnsAnswer(query, [192, 0, 2, 7]), port, address));
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    const resolver = new Resolver();
    resolver.setServers([`127.0.0.1:${server.address().port}`]);
    assert.deepEqual(await resolver.resolve4('worker.example'), ['192.0.2.7']);
    server.close();
  },

  async 'http server and fetch'() {
    const server = createHttpServer(async (request, response) => response.end(await text(request)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${server.address().port}`;
    const bodies = Array.from({ length: 20 }, (_, number) => String(number).repeat(10_000));
    const answers = await Promise.all(bodies.map(async (body) => (await fetch(url, { method: 'POST', body })).text()));
    assert.deepEqual(answers, bodies);
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  },

  async 'TLS server and client'() {
    const cert = part('localhost.cert.pem');
    const server = createTlsServer({ key: part('localhost.key.pem'), cert }, (socket) => socket.pipe(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connectTls({ port: server.address().port, host: '127.0.0.1', servername: 'localhost', ca: cert });
    await once(client, 'secureConnect');
    assert.ok(client.authorized);
    const message = 'secret '.repeat(50_000);
    client.end(message);
    assert.equal(await text(client), message);
    server.close();
    await once(server, 'close');
  },

  async 'Unix socket'({ directory }) {
    const path = join(directory, 'socket');
    const server = createServer((socket) => socket.pipe(socket));
    server.listen(path);
    await once(server, 'listening');
    const client = connect(path);
    client.end('through the file system');
    assert.equal(await text(client), 'through the file system');
    server.close();
    await once(server, 'close');
  },

  async UDP() {
    const [sender, receiver] = [createSocket('udp4'), createSocket('udp4')];
    receiver.bind(0, '127.0.0.1');
    await once(receiver, 'listening');
    const message = once(receiver, 'message');
    sender.send('datagram', receiver.address().port, '127.0.0.1');
    assert.equal(String((await message)[0]), 'datagram');
    sender.close();
    receiver.close();
  },
};

/** Turns the query into a successful response with one A record that points back at the queried name. */
function dnsAnswer(query, address) {
  // Name, type and class. The resolver's EDNS record may follow.
  const question = query.subarray(12, query.indexOf(0, 12) + 5);
  const header = Buffer.concat([query.subarray(0, 2), Buffer.from([0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0])]);
  return Buffer.concat([header, question, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address])]);
}
