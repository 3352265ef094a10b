import { readdirSync, readlinkSync } from 'node:fs';

/** The open file descriptors of a process; empty if this process may not see them, or there is no /proc. */
export function descriptorsOf(pid: number | 'self'): number[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map(Number);
  } catch {
    return [];
  }
}

/** The target of a descriptor: a path, "socket:[4711]", "anon_inode:inotify", …; undefined if it has been closed. */
export function targetOf(pid: number | 'self', fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return undefined;
  }
}

/** The target of a socket's descriptor. */
export function socketTarget(inode: string): string {
  return `socket:[${inode}]`;
}

/** The inode in the target of a socket's descriptor; undefined for other targets. */
export function socketInode(target: string): string | undefined {
  return /^socket:\[(\d+)\]$/.exec(target)?.[1];
}
