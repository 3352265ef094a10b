import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** The arguments or the title of a process. Like the functions below, it returns nothing or zero for an ended one. */
export function commandLine(pid) {
  return read(pid, 'cmdline').replaceAll('\0', ' ');
}

export function stateOf(pid) {
  return read(pid, 'stat').split(') ').at(-1)[0];
}

/** Private memory in bytes. */
export function privateMemory(pid) {
  const kilobytes = [...read(pid, 'smaps_rollup').matchAll(/^Private_\w+: +(\d+) kB$/gm)].map(([, each]) =>
    Number(each),
  );
  return 1024 * kilobytes.reduce((sum, each) => sum + each, 0);
}

export function countDescriptors(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0;
  }
}

/** The soft limit of its descriptors. */
export function descriptorLimit(pid) {
  return Number(/^Max open files +(\d+)/m.exec(read(pid, 'limits'))?.[1]);
}

/** The pid of a process in its own namespace. */
export function innerPid(pid) {
  return Number(/^NSpid:.*\s(\d+)$/m.exec(read(pid, 'status'))?.[1] ?? pid);
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** Sends a signal. Returns whether the process still existed. */
export function signal(pid, name) {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Runs a command that must succeed. */
export function run(program, ...args) {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr}`);
}
