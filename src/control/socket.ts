import { rmdirSync } from 'node:fs';
import { lstat, mkdir, readdir, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Maximum length of a Unix socket path on Linux, in bytes. On macOS it is four less. */
const MAX_PATH_BYTES = 103;

/** The control socket cannot be created. The message says why, in half a sentence. */
export class SocketError extends Error {
  override readonly name = 'SocketError';
}

/**
 * Returns the directories for the sockets of this user's swarms, unless SWARM_SOCKET names a path: the user's runtime
 * directory, and one below the directory for temporary files. A client searches both, because its environment can
 * differ from the swarm's.
 */
export function socketDirectories(environment: NodeJS.ProcessEnv = process.env): string[] {
  const runtime = environment['XDG_RUNTIME_DIR'];
  const temporary = join(tmpdir(), `swarm-${process.getuid?.()}`);
  return runtime ? [join(runtime, 'swarm'), temporary] : [temporary];
}

/**
 * Binds the control socket, which only this user can connect to. Its connections are paused.
 *
 * @param given the path; undefined for the first usable one of socketDirectories()
 * @throws SocketError
 */
export async function bindSocket(given: string | undefined): Promise<{ path: string; server: Server }> {
  if (given !== undefined) return { path: given, server: await bind(given) };
  let failure: unknown;
  for (const directory of socketDirectories()) {
    try {
      // Retry once: another swarm can exit at this moment and remove the directory.
      return await bindIn(directory).catch(() => bindIn(directory));
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      failure ??= error;
    }
  }
  throw failure;
}

/** Removes the directory unless another swarm of this user has its socket there. */
export function leaveDirectory(path: string): void {
  const directory = dirname(path);
  if (!socketDirectories().includes(directory)) return;
  try {
    rmdirSync(directory);
  } catch {
    // It is not empty.
  }
}

async function bindIn(directory: string): Promise<{ path: string; server: Server }> {
  await makePrivate(directory);
  await clean(directory);
  const path = join(directory, `${process.pid}.sock`);
  return { path, server: await bind(path) };
}

/** Whether a process accepts connections on the socket. */
export function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

async function bind(path: string): Promise<Server> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new SocketError(`${path} is longer than ${MAX_PATH_BYTES} bytes, the limit for a socket`);
  }
  await makeWay(path);
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  // listen() creates the file. A chmod afterwards would leave it open to others for a moment.
  const mask = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(mask);
  }
  return new Promise((resolve, reject) => {
    server.once('listening', () => resolve(server));
    server.once('error', (error) => reject(new SocketError(`${path} cannot be bound (${codeOf(error)})`)));
  });
}

/** Removes the socket that a killed swarm left behind. */
async function makeWay(path: string): Promise<void> {
  const found = await lstatOf(path);
  if (!found) return;
  if (!found.isSocket()) throw new SocketError(`${path} already exists and is not a socket`);
  if (await isAnswered(path)) throw new SocketError(`${path} is the socket of another running swarm`);
  await attempt(`${path} cannot be replaced`, unlink(path));
}

/** Creates a directory that only this user can access, or checks an existing one: another user may have been first. */
async function makePrivate(directory: string): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw new SocketError(`${directory} cannot be created (${codeOf(error)})`);
  }
  const found = await lstatOf(directory);
  if (!found?.isDirectory()) throw new SocketError(`${directory} is not a directory`);
  if (found.uid !== process.getuid?.()) throw new SocketError(`${directory} belongs to another user`);
  if ((found.mode & 0o077) !== 0) throw new SocketError(`${directory} is accessible to other users`);
}

async function clean(directory: string): Promise<void> {
  for (const name of await attempt(`${directory} cannot be read`, readdir(directory))) {
    const path = join(directory, name);
    // A live process may be about to listen.
    const pid = Number(/^(\d+)\.sock$/.exec(name)?.[1]);
    if (pid > 0 && !isAlive(pid) && !(await isAnswered(path))) await unlink(path).catch(() => {});
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

async function lstatOf(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new SocketError(`${dirname(path)} cannot be used (${codeOf(error)})`);
  }
}

async function attempt<Result>(failing: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw new SocketError(`${failing} (${codeOf(error)})`);
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
