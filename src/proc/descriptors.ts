import { readdirSync, readlinkSync } from 'node:fs';

/** What a process has open, by number; empty where this process may not see it, or has no /proc. */
export function descriptorsOf(pid: number | 'self'): number[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map(Number);
  } catch {
    return [];
  }
}

/** A path, "socket:[4711]", "anon_inode:inotify", …; undefined if the descriptor was closed in the meantime. */
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
