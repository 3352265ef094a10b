import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server } from './server.ts';

/** Somebody else may have taken the port that was free a moment ago. */
const ATTEMPTS = 5;

/** A private Redis. */
export interface Redis {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends it and keeps its data, which survives SIGKILL as well. Then start() or restart(). */
  halt(signal?: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
  restart(signal?: NodeJS.Signals): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export function redisIsInstalled(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

/**
 * Starts one on a free port of the loopback interface. Whoever calls this calls stop() as well.
 *
 * @param settings as on the command line of redis-server: `--maxmemory`, `10mb`
 */
export async function startRedis(settings: readonly string[] = []): Promise<Redis> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOn(await freePort(), settings);
    } catch (error) {
      if (attempt === ATTEMPTS || !/in use/.test(String(error))) throw error;
    }
  }
}

async function startOn(port: number, settings: readonly string[]): Promise<Redis> {
  const directory = await mkdtemp(join(tmpdir(), 'swarm-redis-'));
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--dir', directory, '--save', ''];
  // Written at once, though not to the disk: what survives the process, but not the machine.
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
  return Object.assign(server, { url: `redis://127.0.0.1:${port}`, port });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
