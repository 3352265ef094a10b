import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';
import { Server } from './server.js';

/** Another process can take the free port before Redis does. */
const ATTEMPTS = 5;

/**
 * A private Redis.
 *
 * @typedef {Server & { readonly url: string, readonly port: number, ask(...command: string[]): Promise<string> }} Redis
 */

export function redisIsInstalled() {
  return spawnSync('redis-server', ['--version']).status === 0;
}

/**
 * Starts a Redis on a free port of the loopback interface. The caller must call stop().
 *
 * @param {readonly string[]} [settings] as on the command line of redis-server: `--maxmemory`, `10mb`
 * @returns {Promise<Redis>}
 */
export async function startRedis(settings = []) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOn(await freePort(), settings);
    } catch (error) {
      if (attempt === ATTEMPTS || !/in use/.test(String(error))) throw error;
    }
  }
}

async function startOn(port, settings) {
  const directory = await mkdtemp(join(tmpdir(), 'swarm-redis-'));
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--dir', directory, '--save', ''];
  // Data is written immediately but without fsync, so it survives a crash of Redis, but not of the machine.
  const persistent = ['--appendonly', 'yes', '--appendfsync', 'no'];
  const server = new Server({
    name: 'redis-server',
    file: 'redis-server',
    args: [...args, ...persistent, ...settings],
    directory,
    ready: /Ready to accept connections/,
    stop: 'SIGTERM',
    orphaned: 'SIGKILL',
  });
  try {
    await server.start();
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  return Object.assign(server, {
    url: `redis://127.0.0.1:${port}`,
    port,
    /** The answer to a command. */
    async ask(...command) {
      return (await promisify(execFile)('redis-cli', ['-p', String(port), ...command])).stdout;
    },
  });
}
