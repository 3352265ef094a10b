import { readdirSync, readFileSync } from 'node:fs';

/** Microseconds, on the clock that all processes of a machine share. */
export function now() {
  return Number(process.hrtime.bigint() / 1000n);
}

/** A zombie has ended: its parent has not read its status yet. */
export function hasEnded(pid) {
  const state = stateOf(pid);
  return state === undefined || state === 'Z';
}

/** The processes that have this in their environment, since they were started. A zombie has none. */
export function processesWith(variable) {
  return pids().filter((pid) => read(pid, 'environ')?.split('\0').includes(variable));
}

/** The zombies among the children of these. */
export function zombiesOf(parents) {
  return pids().filter((pid) => stateOf(pid) === 'Z' && parents.includes(parentOf(pid)));
}

/** The oldest child of a process with that title: one that was just forked from it still has the same. */
export function childTitled(parent, title) {
  const children = pids().filter((pid) => parentOf(pid) === parent && read(pid, 'cmdline')?.startsWith(title));
  const age = (pid) => Number(fields(pid)?.[STARTED] ?? Number.POSITIVE_INFINITY);
  return children.sort((a, b) => age(a) - age(b))[0];
}

/** Whether it was still there. */
export function signal(pid, name) {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Of the fields behind the name: when it was started. */
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

/** What stat says behind the name, which may contain anything. */
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
