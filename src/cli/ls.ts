import { askSummary, findSwarms } from '../control/client.ts';
import type { Summary } from '../control/status.ts';
import { layOut } from '../text/table.ts';
import { duration } from '../text/units.ts';

const HEADER = ['PID', 'PHASE', 'READY', 'UP', 'DIRECTORY', 'MODULES'];
const ALIGN = ['right', 'left', 'right', 'right', 'left', 'left'] as const;

/** Implements `swarm ls`: prints one line for each swarm of this user on this machine, and for that of SWARM_SOCKET. */
export async function printSwarms(): Promise<void> {
  const given = process.env['SWARM_SOCKET'];
  const paths = new Set([...(await findSwarms()).values(), ...(given ? [given] : [])]);
  const lines = await linesOf(paths);
  console.log(lines.length > 1 ? lines.join('\n') : 'This user runs no swarm here.');
}

/** Returns a table of swarms with a header. @param paths the paths of their sockets */
export async function linesOf(paths: Iterable<string>): Promise<string[]> {
  const asked = await Promise.allSettled([...paths].map(askSummary));
  // Swarms that do not answer have just exited, or hang.
  const answers = asked.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const swarms = [...new Map(answers.map((status) => [status.pid, status])).values()];
  return layOut([HEADER, ...swarms.sort((a, b) => a.pid - b.pid).map(rowOf)], ALIGN);
}

function rowOf(status: Summary): string[] {
  // Other versions of swarm may not send all of these.
  const { pid, phase, ready, count, uptime, directory = '', modules = [] } = status as Partial<Summary> & Summary;
  return [String(pid), phase, `${ready}/${count}`, duration(uptime), directory, modules.join(' ')];
}
