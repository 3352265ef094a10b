// What tests leave running. It comes to this process, as to a supervisor.
import { readFileSync } from 'node:fs';

const CHILDREN = `/proc/${process.pid}/task/${process.pid}/children`;

/** Those of a process group, except for the process that leads it. */
export function endOrphans(group) {
  for (const pid of children()) if (pid !== group && groupOf(pid) === group) kill(pid);
}

/** At the end, when there are no others. */
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
