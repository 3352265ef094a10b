import { askSummary, findSwarms } from '../control/client.ts';
import type { Summary } from '../control/status.ts';
import { layOut } from '../text/table.ts';
import { duration } from '../text/units.ts';

const HEADER = ['PID', 'PHASE', 'READY', 'UP', 'DIRECTORY', 'MODULES'];
const ALIGN = ['right', 'left', 'right', 'right', 'left', 'left'] as const;

/** `swarm ls`: the swarms of this user on this machine, a line each, and that of SWARM_SOCKET. */
export async function printSwarms(): Promise<void> {
  const given = process.env['SWARM_SOCKET'];
  const paths = new Set([...(await findSwarms()).values(), ...(given ? [given] : [])]);
  const lines = await linesOf(paths);
  console.log(lines.length > 1 ? lines.join('\n') : 'This user runs no swarm here.');
}

/** A table with a header. @param paths of their sockets */
export async function linesOf(paths: Iterable<string>): Promise<string[]> {
  const asked = await Promise.allSettled([...paths].map(askSummary));
  // The other swarms ended in the meantime, or hang.
  const answers = asked.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const swarms = [...new Map(answers.map((status) => [status.pid, status])).values()];
  return layOut([HEADER, ...swarms.sort((a, b) => a.pid - b.pid).map(rowOf)], ALIGN);
}

function rowOf(status: Summary): string[] {
  // A swarm of another version may not say all of it.
  const { pid, phase, ready, count, uptime, directory = '', modules = [] } = status as Partial<Summary> & Summary;
  return [String(pid), phase, `${ready}/${count}`, duration(uptime), directory, modules.join(' ')];
}
