import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Server } from './server.js';

const run = promisify(execFile);

/** Debian's directory of the binaries, with a subdirectory for each version. */
const VERSIONS = '/usr/lib/postgresql';

/**
 * A private PostgreSQL with an empty database. `host` is the directory of its Unix socket; `query` returns rows as
 * text, with columns separated by a bar and NULL as an empty string.
 *
 * @typedef {Server & { readonly url: string, readonly host: string, query(sql: string): Promise<string[]> }} Postgres
 */

export function postgresIsInstalled() {
  return spawnSync(join(binaries(), 'postgres'), ['--version']).status === 0;
}

/**
 * Starts a PostgreSQL that listens only on a Unix socket, without fsync. The caller must call stop().
 *
 * @param {readonly string[]} [settings] as on the command line of postgres: `-c`, `max_connections=20`
 * @returns {Promise<Postgres>}
 */
export async function startPostgres(settings = []) {
  const bin = binaries();
  const user = process.getuid?.() === 0 ? await postgresUser() : undefined;
  const directory = await mkdtemp(join(tmpdir(), 'swarm-postgres-'));
  const data = join(directory, 'data');
  const server = new Server({
    name: 'postgres',
    file: join(bin, 'postgres'),
    args: ['-D', data, '-k', directory, '-F', '-c', 'listen_addresses=', ...settings],
    directory,
    ready: /database system is ready to accept connections/,
    // A "fast" shutdown, which does not wait until clients disconnect.
    stop: 'SIGINT',
    orphaned: 'SIGQUIT',
    user,
  });
  try {
    if (user) await chown(directory, user.uid, user.gid);
    const init = ['-D', data, '--username=postgres', '--auth=trust', '--no-locale', '--encoding=UTF8', '--no-sync'];
    await run(join(bin, 'initdb'), init, { cwd: directory, ...user });
    await server.start();
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  const url = `postgres://postgres@${encodeURIComponent(directory)}/postgres`;
  return Object.assign(server, {
    url,
    host: directory,
    async query(sql) {
      const { stdout } = await run(join(bin, 'psql'), ['--no-psqlrc', '--quiet', '-At', '-c', sql, url]);
      return stdout.split('\n').slice(0, -1);
    },
  });
}

/** The directory of the newest installed version; except on Debian, of the version on the PATH. */
function binaries() {
  if (!existsSync(VERSIONS)) return spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' }).stdout?.trim() ?? '';
  const [newest = ''] = readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a));
  return join(VERSIONS, newest, 'bin');
}

/** PostgreSQL refuses to run as root. */
async function postgresUser() {
  const id = async (option) => Number((await run('id', [option, 'postgres'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}
