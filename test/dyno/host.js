import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Why no dyno can be simulated here, in a sentence; undefined if one can. */
export function cannotSimulate() {
  if (process.platform !== 'linux')
    return 'A dyno is simulated with namespaces and memory groups, which only Linux has.';
  if (process.getuid() !== 0) return 'A dyno is simulated with namespaces and memory groups, which only root can make.';
  if (!memoryHierarchy()) return 'A dyno is simulated with a memory group, and no memory controller is mounted here.';
  return undefined;
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
