import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Swarm } from './swarm.ts';

/* Information about living processes from /proc. */

export function titleOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
}

/** A field of /proc/<pid>/status. */
export function statusOf(pid: number, field: string): string {
  return new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
}

export function isStopped(pid: number): boolean {
  return statusOf(pid, 'State').startsWith('T');
}

/** Waits until a process is suspended. */
export function untilStopped(swarm: Swarm, pid: number): Promise<void> {
  return swarm.processesAre(`${pid} stopped`, () => isStopped(pid));
}

/** The mold among the processes of a swarm. */
export function moldOf(swarm: Swarm): number {
  const [mold] = moldsOf(swarm);
  if (mold === undefined) throw new Error('there is no mold');
  return mold;
}

export function moldsOf(swarm: Swarm): number[] {
  return swarm.processes().filter((pid) => isMold(pid));
}

function isMold(pid: number): boolean {
  try {
    // A mold sets its title only once it has loaded swarm's code.
    return /^swarm mold|mold\/main\.js/.test(titleOf(pid));
  } catch {
    return false;
  }
}

/** The open files of a process by descriptor: "socket:[123]", a path, … */
export function openFiles(pid: number): Map<number, string> {
  const files = new Map<number, string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      files.set(Number(fd), readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      // It was closed in the meantime.
    }
  }
  return files;
}

export function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
  return children === '' ? [] : children.split(' ').map(Number);
}

export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
  } catch {
    // It ended in the meantime.
    return '';
  }
}
