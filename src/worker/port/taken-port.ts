import { subscribe } from 'node:diagnostics_channel';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Assignment } from '../../protocol/assignment.ts';
import { canReusePorts } from './shared-port.ts';

/** Where a server cannot listen because another worker does so already, its error says that, and what can be done. */
export function explainTakenPorts({ count, supervisor, port: shared }: Assignment, hasAddon: boolean): void {
  if (count === 1) return;
  subscribe('tracing:net.server.listen:error', (message) => {
    const { error } = message as { error: NodeJS.ErrnoException & { port?: number; address?: string } };
    const { code, port, address } = error;
    if (code !== 'EADDRINUSE' || !port) return;
    const isPath = port < 0;
    const whose = isListenedOnBySibling(isPath ? String(address) : port, supervisor);
    if (whose === false) return;
    const isShared = shared?.port === (isPath ? address : port) && !hasAddon && (isPath || !canReusePorts());
    amend(error, `, ${whose ? '' : 'perhaps '}by another worker: ${isShared ? withoutAddon(isPath) : ADVICE}`);
  });
}

const ADVICE = 'only PORT is shared between workers, so listen on process.env.PORT and set it';

function withoutAddon(isPath: boolean): string {
  const limit = isPath ? 'cannot share a Unix socket' : 'can share a port only on Linux, with Node 22.12 or later';
  return `swarm runs without its addon here, and then workers ${limit}`;
}

function amend(error: Error, remark: string): void {
  const { message, stack } = error;
  error.message = message + remark;
  // It holds the message as it was.
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
}

/** Undefined where that cannot be found out. */
function isListenedOnBySibling(where: number | string, supervisor: number): boolean | undefined {
  try {
    const inodes = typeof where === 'string' ? unixSockets(where) : tcpSockets(where);
    // As their descriptors are called.
    const sockets = new Set(inodes.map((inode) => `socket:[${inode}]`));
    return childrenOf(supervisor).some((pid) => pid !== process.pid && filesOf(pid).some((file) => sockets.has(file)));
  } catch {
    return undefined;
  }
}

const LISTENING = '0A';

function tcpSockets(port: number): string[] {
  return ['tcp', 'tcp6'].flatMap(readTable).flatMap(([, local = '', , state, , , , , , inode = '']) => {
    const isIt = state === LISTENING && Number.parseInt(local.slice(local.indexOf(':') + 1), 16) === port;
    return isIt ? [inode] : [];
  });
}

/** Those that listen on it, and the connections to it, which are in the same processes. */
function unixSockets(path: string): string[] {
  return readTable('unix').flatMap(([, , , , , , inode = '', name]) => (name === path ? [inode] : []));
}

/** Its rows, as columns. */
function readTable(table: string): string[][] {
  try {
    const rows = readFileSync(`/proc/self/net/${table}`, 'utf8').split('\n');
    return rows.map((row) => row.trim().split(/\s+/));
  } catch (error) {
    // A kernel without IPv6 has one table.
    if (table === 'tcp6') return [];
    throw error;
  }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
}

function filesOf(pid: number): string[] {
  try {
    const directory = `/proc/${pid}/fd`;
    return readdirSync(directory).flatMap((fd) => linkOf(`${directory}/${fd}`));
  } catch {
    // It has ended meanwhile.
    return [];
  }
}

function linkOf(path: string): string[] {
  try {
    return [readlinkSync(path)];
  } catch {
    // It was closed meanwhile.
    return [];
  }
}
