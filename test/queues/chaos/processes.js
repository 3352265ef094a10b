import { readdirSync, readFileSync } from 'node:fs';

/** The time in microseconds, on the clock that all processes of a machine share. */
export function now() {
  return Number(process.hrtime.bigint() / 1000n);
}

/** Whether a process has ended. A zombie counts as ended. */
export function hasEnded(pid) {
  const state = stateOf(pid);
  return state === undefined || state === 'Z';
}

/** The processes that were started with this variable in their environment. Zombies have no environment. */
export function processesWith(variable) {
  return pids().filter((pid) => read(pid, 'environ')?.split('\0').includes(variable));
}

/** The zombies among the children of these processes. */
export function zombiesOf(parents) {
  return pids().filter((pid) => stateOf(pid) === 'Z' && parents.includes(parentOf(pid)));
}

/** The oldest child with this title: a worker just forked from a mold still has the mold's title. */
export function childTitled(parent, title) {
  const children = pids().filter((pid) => parentOf(pid) === parent && read(pid, 'cmdline')?.startsWith(title));
  const age = (pid) => Number(fields(pid)?.[STARTED] ?? Number.POSITIVE_INFINITY);
  return children.sort((a, b) => age(a) - age(b))[0];
}

/** Sends a signal. Returns whether the process still existed. */
export function signal(pid, name) {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** The index of the start time among the fields after the name. */
const STARTED = 19;

function pids() {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function stateOf(pid) {
  return fields(pid)?.[0];
}

function parentOf(pid) {
  return Number(fields(pid)?.[1]);
}

/** The fields of /proc/<pid>/stat after the name, which can contain any character. */
function fields(pid) {
  return read(pid, 'stat')?.split(') ').at(-1)?.split(' ');
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return undefined;
  }
}
