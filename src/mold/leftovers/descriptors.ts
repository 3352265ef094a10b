import { constants, fstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';

/** What a process has open, and should not share with its forks. */
export interface Descriptor {
  readonly kind: 'socket' | 'listening server' | 'file watcher' | 'open file' | 'open directory';
  readonly detail: string;
  readonly fd?: number;
}

/** By a name that is not used again when it is closed and another is opened in its place. */
export type Descriptors = ReadonlyMap<string, () => Descriptor>;

/** Sockets, watched files, and files that are read or written at a position which would be shared, too; without stdio. */
export function openDescriptors(): Descriptors {
  const descriptors = new Map<string, () => Descriptor>();
  for (const fd of listed()) {
    if (fd <= 2) continue;
    for (const [name, describe] of descriptorsAt(fd)) descriptors.set(name, () => ({ ...describe(), fd }));
  }
  return descriptors;
}

/** The longest that a look waits for a file to be closed, milliseconds. */
const PATIENCE = 256;

/** Whether it is closed in a moment: a thread may just be reading a file. The event loop does not turn meanwhile. */
export function isPassing(name: string): boolean {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let rest = 1; rest <= PATIENCE / 2; rest *= 2) {
    Atomics.wait(clock, 0, 0, rest);
    if (!openDescriptors().has(name)) return true;
  }
  return false;
}

function listed(): number[] {
  try {
    return readdirSync('/proc/self/fd').map(Number);
  } catch {
    // Not Linux, where nothing is forked.
    return [];
  }
}

function descriptorsAt(fd: number): [string, () => Descriptor][] {
  try {
    const target = readlinkSync(`/proc/self/fd/${fd}`);
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined) return [[target, () => describeSocket(inode)]];
    // There is one inotify a loop, which stays when nothing is watched any more.
    if (target === 'anon_inode:inotify') {
      return watchesAt(fd).map((watch) => [`${fd} ${watch}`, () => ({ kind: 'file watcher', detail: 'fs.watch' })]);
    }
    const kind = target.startsWith('/') ? kindOfFile(fd, fstatSync(fd)) : undefined;
    return kind ? [[`${fd} ${target}`, () => ({ kind, detail: target })]] : [];
  } catch {
    // It is closed by now, as the one by which they were listed.
    return [];
  }
}

function watchesAt(fd: number): string[] {
  return readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').match(/^inotify wd:.*$/gm) ?? [];
}

/** Nothing for a log that is only appended to, and for devices: they have no position. */
function kindOfFile(fd: number, stats: Stats): 'open file' | 'open directory' | undefined {
  // What is written to a FIFO reaches only one of those that read it.
  if (!stats.isFile() && !stats.isDirectory() && !stats.isFIFO()) return undefined;
  const flags = Number.parseInt(/^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '', 8);
  if ((flags & O_PATH) !== 0 || isOnlyAppended(flags)) return undefined;
  return stats.isDirectory() ? 'open directory' : 'open file';
}

/** A descriptor that only stands for the file. Node does not name it. */
const O_PATH = 0o10000000;

function isOnlyAppended(flags: number): boolean {
  return (flags & constants.O_APPEND) !== 0 && (flags & (constants.O_WRONLY | constants.O_RDWR)) === constants.O_WRONLY;
}

const LISTENING = '0A';

/** What the kernel's tables say of a socket. */
function describeSocket(inode: string): Descriptor {
  for (const protocol of ['tcp', 'tcp6', 'udp', 'udp6']) {
    const row = rowOf(protocol, 9, inode);
    if (!row) continue;
    const [, local = '', remote = '', state] = row;
    const name = protocol.slice(0, 3).toUpperCase();
    if (state === LISTENING) return { kind: 'listening server', detail: `${name} port ${portOf(local)}` };
    const isConnected = portOf(remote) !== 0;
    return {
      kind: 'socket',
      detail: isConnected ? `${name} to port ${portOf(remote)}` : `${name} port ${portOf(local)}`,
    };
  }
  const [, , , flags, , , , path] = rowOf('unix', 6, inode) ?? [];
  // __SO_ACCEPTCON of Linux.
  const kind = flags === '00010000' ? 'listening server' : 'socket';
  return { kind, detail: path === undefined ? UNNAMED : `unix ${path}` };
}

/** One of a pair, or a client's: with these Node talks to a child process, for instance. */
export const UNNAMED = 'unix';

function rowOf(table: string, column: number, inode: string): string[] | undefined {
  try {
    const rows = readFileSync(`/proc/self/net/${table}`, 'utf8').split('\n');
    return rows.map((row) => row.trim().split(/\s+/)).find((row) => row[column] === inode);
  } catch {
    return undefined;
  }
}

function portOf(address: string): number {
  return Number.parseInt(address.slice(address.indexOf(':') + 1), 16);
}
