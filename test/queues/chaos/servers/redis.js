import { join } from 'node:path';
import { Server } from './server.js';

/** What a client was told is done is on the disk, so that a restart loses nothing. */
export async function redis(directory) {
  const url = join(directory, 'redis.sock');
  const settings = {
    port: '0',
    unixsocket: url,
    dir: directory,
    save: '',
    appendonly: 'yes',
    appendfsync: 'always',
    'maxmemory-policy': 'noeviction',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const server = new Server({
    url,
    command: ['redis-server', ...args],
    ready: /accept connections/,
    stops: ['SIGTERM', 'SIGKILL'],
  });
  await server.start();
  return server;
}
