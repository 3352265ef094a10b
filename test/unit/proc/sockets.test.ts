import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { descriptorsOf, socketInode, targetOf } from '../../../src/proc/descriptors.ts';
import { internetSockets, unixSockets } from '../../../src/proc/sockets.ts';

/** Inodes of all sockets of this process. */
function ownSockets(): Set<string | undefined> {
  return new Set(descriptorsOf('self').map((fd) => socketInode(targetOf('self', fd) ?? '')));
}

it.each(['127.0.0.1', '::1'])('a TCP server on %s listens, and its client is connected to it', async (host) => {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect(port, host);
  await once(client, 'connect');

  const own = ownSockets();
  const sockets = internetSockets('tcp').filter(({ inode }) => own.has(inode));
  expect(sockets).toContainEqual(expect.objectContaining({ localPort: port, remotePort: 0, isListening: true }));
  expect(sockets).toContainEqual(
    expect.objectContaining({ localPort: client.localPort, remotePort: port, isListening: false }),
  );
  client.destroy();
  server.close();
});

it('a Unix server listens on its path, and its connections have the same path', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'swarm-')), 'a.sock');
  const server = createServer().listen(path);
  await once(server, 'listening');
  const connected = once(server, 'connection');
  const client = connect(path);
  const [accepted] = (await connected) as [typeof client];

  const own = ownSockets();
  const sockets = unixSockets().filter((socket) => own.has(socket.inode) && socket.path === path);
  expect(sockets.map(({ isListening }) => isListening).sort()).toEqual([false, true]);
  client.destroy();
  accepted.destroy();
  server.close();
});

it('a process that does not exist has no descriptors', () => {
  // Above any pid_max.
  expect(descriptorsOf(2 ** 30)).toEqual([]);
  expect(targetOf(2 ** 30, 0)).toBeUndefined();
});
