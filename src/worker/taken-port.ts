import { subscribe } from 'node:diagnostics_channel';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Assignment } from '../protocol/assignment.ts';
import { canReusePorts } from './shared-port.ts';

/** Where a server cannot listen because another worker does so already, its error says that, and what can be done. */
export function explainTakenPorts({ count, supervisor, port }: Assignment, hasAddon: boolean): void {
  if (count === 1) return;
  subscribe('tracing:net.server.listen:error', (message) => {
    const { error } = message as { error: NodeJS.ErrnoException & { port?: number } };
    if (error.code !== 'EADDRINUSE' || !error.port) return;
    const whose = isListenedOnBySibling(error.port, supervisor);
    if (whose === false) return;
    const advice = error.port === port?.number && !hasAddon && !canReusePorts() ? WITHOUT_ADDON : ADVICE;
    amend(error, `, ${whose ? '' : 'perhaps '}by another worker: ${advice}`);
  });
}

const ADVICE = 'only PORT is shared between workers, so listen on process.env.PORT and set it';
const WITHOUT_ADDON =
  'swarm runs without its addon here, and then workers can share a port only on Linux, with Node 22.12 or later';

function amend(error: Error, remark: string): void {
  const { message, stack } = error;
  error.message = message + remark;
  // It holds the message as it was.
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
}

/** Undefined where that cannot be found out. */
function isListenedOnBySibling(port: number, supervisor: number): boolean | undefined {
  try {
    const sockets = new Set(['tcp', 'tcp6'].flatMap((table) => listeningSockets(table, port)));
    return childrenOf(supervisor).some((pid) => pid !== process.pid && filesOf(pid).some((file) => sockets.has(file)));
  } catch {
    return undefined;
  }
}

const LISTENING = '0A';

/** As their descriptors are called: "socket:[4711]". */
function listeningSockets(table: string, port: number): string[] {
  const rows = readTable(table).map((row) => row.trim().split(/\s+/));
  return rows.flatMap(([, local = '', , state, , , , , , inode]) => {
    const isIt = state === LISTENING && Number.parseInt(local.slice(local.indexOf(':') + 1), 16) === port;
    return isIt ? [`socket:[${inode}]`] : [];
  });
}

function readTable(table: string): string[] {
  try {
    return readFileSync(`/proc/self/net/${table}`, 'utf8').split('\n');
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
