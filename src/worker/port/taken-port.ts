import { subscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { descriptorsOf, socketTarget, targetOf } from '../../proc/descriptors.ts';
import { internetSockets, unixSockets } from '../../proc/sockets.ts';
import type { Assignment } from '../../protocol/assignment.ts';
import { canReusePorts } from './shared-port.ts';

/** Adds an explanation and a remedy to the error of a server that cannot listen because another worker does. */
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
  return `swarm runs without its addon here, and without it workers ${limit}`;
}

function amend(error: Error, remark: string): void {
  const { message, stack } = error;
  error.message = message + remark;
  // The stack contains the original message.
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
}

/**
 * @param where the port, or the path of the Unix socket
 * @returns undefined if /proc does not show it
 */
function isListenedOnBySibling(where: number | string, supervisor: number): boolean | undefined {
  try {
    const targets = new Set(listenersOn(where).map(socketTarget));
    const siblings = childrenOf(supervisor).filter((pid) => pid !== process.pid);
    return siblings.some((pid) => descriptorsOf(pid).some((fd) => targets.has(targetOf(pid, fd) ?? '')));
  } catch {
    return undefined;
  }
}

/** Returns the inodes of listening sockets. For a path also those of its connections, which have the same owners. */
function listenersOn(where: number | string): string[] {
  const sockets =
    typeof where === 'string'
      ? unixSockets().filter(({ path }) => path === where)
      : internetSockets('tcp').filter(({ localPort, isListening }) => isListening && localPort === where);
  return sockets.map(({ inode }) => inode);
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
}
