import { constants, fstatSync, readFileSync, type Stats } from 'node:fs';
import { descriptorsOf, socketInode, targetOf } from '../../proc/descriptors.ts';
import { type InternetSocket, internetSockets, unixSockets } from '../../proc/sockets.ts';
import { pause } from '../pause.ts';

/** An open descriptor that a process should not share with its forks. */
export interface Descriptor {
  readonly kind: 'socket' | 'listening server' | 'file watcher' | 'open file' | 'open directory';
  readonly detail: string;
  readonly fd?: number;
}

/** Open descriptors, by a name that no later descriptor gets, even if it reuses the number. */
export type Descriptors = ReadonlyMap<string, () => Descriptor>;

/**
 * Returns open sockets, file watches, and files and directories whose offset forks would share. Excludes standard
 * input, output and error.
 */
export function openDescriptors(): Descriptors {
  const descriptors = new Map<string, () => Descriptor>();
  for (const fd of descriptorsOf('self')) {
    if (fd <= 2) continue;
    for (const [name, describe] of descriptorsAt(fd)) descriptors.set(name, () => ({ ...describe(), fd }));
  }
  return descriptors;
}

/** How long to wait for files to be closed, in milliseconds. */
const PATIENCE = 256;

/**
 * Returns the files that stay open. A thread that is reading a file may close it in a moment, so this waits, and blocks
 * the event loop meanwhile.
 *
 * @param names keys of openDescriptors()
 */
export function lastingFiles(names: readonly string[]): ReadonlySet<string> {
  let lasting = names;
  for (let rest = 1; rest <= PATIENCE / 2 && lasting.length > 0; rest *= 2) {
    pause(rest);
    const open = openDescriptors();
    lasting = lasting.filter((name) => open.has(name));
  }
  return new Set(lasting);
}

function descriptorsAt(fd: number): [string, () => Descriptor][] {
  try {
    const target = targetOf('self', fd) ?? '';
    const inode = socketInode(target);
    if (inode !== undefined) return [[target, () => describeSocket(inode)]];
    // Each event loop has one inotify descriptor, which stays open after its last watch ends.
    if (target === 'anon_inode:inotify') {
      return watchesAt(fd).map((watch) => [`${fd} ${watch}`, () => ({ kind: 'file watcher', detail: 'fs.watch' })]);
    }
    const kind = target.startsWith('/') ? kindOfFile(fd, fstatSync(fd)) : undefined;
    return kind ? [[`${fd} ${target}`, () => ({ kind, detail: target })]] : [];
  } catch {
    // It was closed in the meantime.
    return [];
  }
}

function watchesAt(fd: number): string[] {
  return readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').match(/^inotify wd:.*$/gm) ?? [];
}

/** Returns undefined for files without an offset to share: devices, and logs that are only appended to. */
function kindOfFile(fd: number, stats: Stats): 'open file' | 'open directory' | undefined {
  // Forks would compete for what is written to a FIFO.
  if (!stats.isFile() && !stats.isDirectory() && !stats.isFIFO()) return undefined;
  const flags = Number.parseInt(/^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '', 8);
  if ((flags & O_PATH) !== 0 || isOnlyAppended(flags)) return undefined;
  return stats.isDirectory() ? 'open directory' : 'open file';
}

/** Flag of a descriptor that only refers to a file, and cannot read or write it. Node does not export this flag. */
const O_PATH = 0o10000000;

function isOnlyAppended(flags: number): boolean {
  return (flags & constants.O_APPEND) !== 0 && (flags & (constants.O_WRONLY | constants.O_RDWR)) === constants.O_WRONLY;
}

function describeSocket(inode: string): Descriptor {
  try {
    return describeInternetSocket(inode) ?? describeUnixSocket(inode);
  } catch {
    return { kind: 'socket', detail: UNNAMED };
  }
}

function describeInternetSocket(inode: string): Descriptor | undefined {
  for (const protocol of ['tcp', 'udp'] as const) {
    const socket = internetSockets(protocol).find((each) => each.inode === inode);
    if (!socket) continue;
    return {
      kind: socket.isListening ? 'listening server' : 'socket',
      detail: `${protocol.toUpperCase()} ${describePort(socket)}`,
    };
  }
  return undefined;
}

function describePort({ localPort, remotePort }: InternetSocket): string {
  return remotePort === 0 ? `port ${localPort}` : `to port ${remotePort}`;
}

function describeUnixSocket(inode: string): Descriptor {
  const { isListening = false, path } = unixSockets().find((each) => each.inode === inode) ?? {};
  const kind = isListening ? 'listening server' : 'socket';
  return { kind, detail: path === undefined ? UNNAMED : `unix ${path}` };
}

/** Detail of an unnamed socket: a client's, or one of a pair. Node talks to child processes over socket pairs. */
export const UNNAMED = 'unix';
