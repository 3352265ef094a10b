// Orphans that tests leave behind. This process adopts them, as a supervisor would.
import { readFileSync } from 'node:fs';

const CHILDREN = `/proc/${process.pid}/task/${process.pid}/children`;

/** Kills the orphans of a process group, but not its leader. */
export function endOrphans(group) {
  for (const pid of children()) if (pid !== group && groupOf(pid) === group) kill(pid);
}

/** Kills all children. Call this at the end, when all of them are orphans. */
export function endAllOrphans() {
  for (const pid of children()) kill(pid);
}

function children() {
  return readFileSync(CHILDREN, 'utf8').match(/\d+/g)?.map(Number) ?? [];
}

function groupOf(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')[2]);
  } catch {
    // It ended in the meantime.
    return undefined;
  }
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended in the meantime.
  }
}
