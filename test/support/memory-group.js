import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** File names in each version of cgroups, and the lines of memory.stat that count the page cache. */
const VERSIONS = {
  1: {
    usage: 'memory.usage_in_bytes',
    limit: 'memory.limit_in_bytes',
    cache: /^total_(?:in)?active_file (\d+)$/gm,
  },
  2: { usage: 'memory.current', limit: 'memory.max', cache: /^(?:in)?active_file (\d+)$/gm },
};

/**
 * The mount point of the memory controller, with its version; undefined if none is mounted.
 *
 * @returns {{ version: 1 | 2, path: string } | undefined}
 */
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

/** A memory cgroup. */
export class MemoryGroup {
  path;
  #hierarchy;
  #files;

  /**
   * Names a group. Either create() makes it, or a shell that knows its path.
   *
   * @param {{ version: 1 | 2, path: string } | undefined} hierarchy
   * @param {string} name
   * @throws {Error} without a hierarchy
   */
  constructor(hierarchy, name) {
    if (!hierarchy) throw new Error('No memory controller is mounted here, so there are no memory groups.');
    this.#hierarchy = hierarchy;
    this.#files = VERSIONS[hierarchy.version];
    this.path = join(hierarchy.path, name);
  }

  /**
   * Creates the group, with a limit at which the kernel kills processes. Needs root.
   *
   * @param {number} limit bytes
   */
  create(limit) {
    const { version, path } = this.#hierarchy;
    if (version === 2) writeFileSync(join(path, 'cgroup.subtree_control'), '+memory');
    mkdirSync(this.path);
    writeFileSync(join(this.path, this.#files.limit), String(limit));
  }

  /** Removes the group. All its processes must have ended. */
  remove() {
    rmdirSync(this.path);
  }

  /** The path of cgroup.procs: a process joins the group by writing its pid to this file. */
  get members() {
    return join(this.path, 'cgroup.procs');
  }

  /**
   * Bytes in use: everything charged to the group except the page cache, which the kernel drops when it needs memory.
   * This includes memory that processes wrote, tmpfs, shared memory and kernel memory (stacks, page tables, sockets).
   * 0 if the group is gone.
   */
  used() {
    const usage = Number(this.#read(this.#files.usage));
    const cache = [...this.#read('memory.stat').matchAll(this.#files.cache)];
    return Math.max(0, usage - cache.reduce((sum, [, bytes]) => sum + Number(bytes), 0));
  }

  /** The pids of the group, in the pid namespace of this process. */
  processes() {
    return this.#read('cgroup.procs').split('\n').filter(Boolean).map(Number);
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    for (const pid of this.processes()) {
      try {
        process.kill(pid, signal);
      } catch {
        // It ended in the meantime.
      }
    }
  }

  #read(name) {
    try {
      return readFileSync(join(this.path, name), 'utf8');
    } catch {
      return '';
    }
  }
}
