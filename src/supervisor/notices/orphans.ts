import type { Orphan } from '../../process/spawner.ts';
import { type Notice, notice } from './notice.ts';

/* Log lines about processes that workers left behind. */

/** How many processes a line names, so that it stays readable and fits into one write to a pipe. */
const MAX_NAMED = 20;

export function stoppingOrphans(orphans: readonly Orphan[]): Notice {
  const message = `sending TERM to ${processes(orphans)} that workers left behind: ${names(orphans)}`;
  return notice('info', 'orphan.stop', { orphans: names(orphans) }, message);
}

export function killingOrphans(orphans: readonly Orphan[]): Notice {
  const message = `killing ${processes(orphans)} that workers left behind and that did not stop: ${names(orphans)}`;
  return notice('warn', 'orphan.kill', { orphans: names(orphans) }, message);
}

export function abandoningOrphans(orphans: readonly Orphan[]): Notice {
  const message = `swarm cannot kill ${processes(orphans)} that workers left behind, perhaps for lack of permission. Still running: ${names(orphans)}`;
  return notice('error', 'orphan.kill', { orphans: names(orphans) }, message);
}

function processes({ length }: readonly Orphan[]): string {
  return length === 1 ? '1 process' : `${length} processes`;
}

/** "ffmpeg (pid 123), sleep (pid 124)" */
function names(orphans: readonly Orphan[]): string {
  const named = orphans.slice(0, MAX_NAMED).map(({ pid, name }) => `${name} (pid ${pid})`);
  const more = orphans.length > MAX_NAMED ? `, and ${orphans.length - MAX_NAMED} more` : '';
  return named.join(', ') + more;
}
