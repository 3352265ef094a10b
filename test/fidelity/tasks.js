// What the kernel knows about a process's threads: the only evidence when one hangs.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Describes each thread: its name, state, and what it waits for. The system call and the stack need root. */
export function describeThreads(pid) {
  const lines = threads(pid).map((tid) => {
    const entry = (name) => read(`/proc/${pid}/task/${tid}/${name}`).trim();
    const stack = entry('stack').replaceAll('\n', '\n      ');
    const state = entry('stat').split(') ')[1]?.[0];
    return `    ${tid} ${entry('comm')} ${state} wchan=${entry('wchan')} syscall=${entry('syscall')}\n      ${stack}`;
  });
  return `  process ${pid}, ${lines.length} threads:\n${lines.join('\n')}\n${backtraces(pid)}`;
}

/** Returns the backtraces of all threads, with SWARM_TEST_GDB=1. */
function backtraces(pid) {
  if (!process.env.SWARM_TEST_GDB) return '';
  const { stdout } = spawnSync('gdb', ['-batch', '-nx', '-p', String(pid), '-ex', 'thread apply all bt'], {
    encoding: 'utf8',
  });
  return stdout;
}

export function threads(pid) {
  return list(`/proc/${pid}/task`);
}

/** Returns the processes of a group, without zombies. */
export function groupMembers(group) {
  return processes(({ state, pgrp }) => pgrp === group && !/[ZX]/.test(state));
}

/** Returns the children of a process, including zombies. */
export function childrenOf(parent) {
  return processes(({ ppid }) => ppid === parent);
}

function processes(condition) {
  return list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const [state = '', ppid, pgrp] = read(`/proc/${pid}/stat`).split(') ').at(-1).split(' ');
      return condition({ state, ppid: Number(ppid), pgrp: Number(pgrp) });
    });
}

export function list(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
