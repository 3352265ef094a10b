import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** See capabilities(7). */
const CAP_SYS_ADMIN = 1n << 21n;

/** Why no dyno can be simulated here, in a sentence; undefined if one can. */
export function cannotSimulate() {
  const needs = 'A dyno is simulated with namespaces, mounts and a memory group';
  if (process.platform !== 'linux') return `${needs}, which only Linux has.`;
  if (!mayMount()) return `${needs}, which only root may make: run this as root.`;
  if (!memoryHierarchy()) return `${needs}, and no memory controller is mounted here.`;
  return undefined;
}

/** Root in a container often may not. */
function mayMount() {
  const [, capabilities] = /^CapEff:\s+(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return (BigInt(`0x${capabilities}`) & CAP_SYS_ADMIN) !== 0n;
}

/** Where memory groups are made, with cgroup v1 or v2; undefined if nowhere. */
export function memoryHierarchy() {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n').map(parseMount);
  const mount = mounts.findLast(
    ({ type, options, point }) =>
      (type === 'cgroup' && options.includes('memory')) || (type === 'cgroup2' && hasMemory(point)),
  );
  return mount && { version: mount.type === 'cgroup' ? 1 : 2, path: mount.point };
}

/** See proc_pid_mountinfo(5). */
function parseMount(line) {
  const [fields, superblock] = line.split(' - ');
  const [type, , options] = superblock.split(' ');
  return { point: fields.split(' ')[4], type, options: options.split(',') };
}

function hasMemory(point) {
  try {
    return readFileSync(join(point, 'cgroup.controllers'), 'utf8').trim().split(' ').includes('memory');
  } catch {
    return false;
  }
}
