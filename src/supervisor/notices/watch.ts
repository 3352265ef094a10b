import { list } from '../../text/list.ts';
import { plural } from '../../text/units.ts';
import type { WatchEvent } from '../events.ts';
import { type Notice, notice } from './notice.ts';

/* Log lines about what SWARM_WATCH watches. */

export function aboutWatch(event: Exclude<WatchEvent, { type: 'changed' }>): Notice {
  if (event.type === 'unwatched') {
    const { path, code } = event;
    return notice('warn', 'watch', { error: code }, describeUnwatched(path, code));
  }
  const { places, files } = event;
  const message = `watching ${plural(files, 'file')} in ${list(places)}: when one changes, workers are replaced`;
  return notice('info', 'watch', { files }, message);
}

function describeUnwatched(path: string, code: string): string {
  const missed = 'swarm runs on, but misses changes';
  const fewer = 'watch less, as in SWARM_WATCH=src';
  switch (code) {
    case 'ENOSPC':
      return `not all files are watched, because this user is at the system's limit for file watches (ENOSPC): ${missed}. Raise fs.inotify.max_user_watches, or ${fewer}`;
    case 'EMFILE':
      return `not all files are watched, because this user is at a limit for open files (EMFILE): ${missed}. Raise fs.inotify.max_user_instances and ulimit -n`;
    default:
      return `${path} is not watched (${code}): ${missed} there. Make it readable for this user, or ${fewer}`;
  }
}
