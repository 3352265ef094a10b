import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Server } from './server.js';

const DEBIAN = '/usr/lib/postgresql';

export async function postgres(directory) {
  const place = join(directory, 'postgres');
  const data = join(place, 'data');
  mkdirSync(place);
  // On the way to its data.
  chmodSync(directory, 0o711);
  const options = somebodyElse();
  if (options.uid !== undefined) chownSync(place, options.uid, options.gid);
  const initialise = ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
  execFileSync(program('initdb'), initialise, { stdio: ['ignore', 'ignore', 'inherit'], cwd: place, ...options });
  const server = new Server({
    url: `postgres://postgres@/postgres?host=${place}`,
    command: [program('postgres'), '-D', data, '-k', place, '-c', 'listen_addresses='],
    options: { cwd: place, ...options },
    ready: /ready to accept connections/,
    // Fast, and immediate.
    stops: ['SIGINT', 'SIGQUIT'],
  });
  await server.start();
  return server;
}

/** Debian keeps these off the PATH. */
function program(name) {
  try {
    const versions = readdirSync(DEBIAN).map(Number);
    return join(DEBIAN, String(Math.max(...versions)), 'bin', name);
  } catch {
    return name;
  }
}

/** PostgreSQL does not run as root. */
function somebodyElse() {
  if (process.getuid() !== 0) return {};
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
