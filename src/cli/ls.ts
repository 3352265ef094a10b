import { askStatus, findSwarms } from '../control/client.ts';
import type { Status } from '../control/status.ts';
import { layOut } from '../text/table.ts';
import { duration } from './overview.ts';

const HEADER = ['PID', 'PHASE', 'READY', 'UP', 'DIRECTORY', 'MODULES'];
const ALIGN = ['right', 'left', 'right', 'right', 'left', 'left'] as const;

/** `swarm ls`: the swarms of this user on this machine, a line each. */
export async function printSwarms(): Promise<void> {
  const lines = await linesOf(await findSwarms());
  console.log(lines.length > 1 ? lines.join('\n') : 'This user runs no swarm here.');
}

/** A table with a header. @param swarms the paths of their sockets, by pid */
export async function linesOf(swarms: ReadonlyMap<number, string>): Promise<string[]> {
  const pids = [...swarms.keys()].sort((a, b) => a - b);
  const rows = await Promise.all(pids.map((pid) => rowOf(pid, swarms.get(pid) as string)));
  return layOut([HEADER, ...rows.filter((row) => row.length > 0)], ALIGN);
}

async function rowOf(pid: number, path: string): Promise<string[]> {
  let status: Status;
  try {
    status = await askStatus(path);
  } catch {
    // It has ended meanwhile, or hangs.
    return [];
  }
  // A swarm of another version may not say all of it.
  const { phase, ready, count, uptime, directory = '', modules = [] } = status as Partial<Status> & Status;
  return [String(pid), phase, `${ready}/${count}`, duration(uptime), directory, modules.join(' ')];
}
