import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files of each version of cgroups, and how they call the page cache. */
const VERSIONS = {
  1: {
    usage: 'memory.usage_in_bytes',
    limit: 'memory.limit_in_bytes',
    cache: /^total_(?:in)?active_file (\d+)$/gm,
  },
  2: { usage: 'memory.current', limit: 'memory.max', cache: /^(?:in)?active_file (\d+)$/gm },
};

/**
 * Where memory groups are made here, with cgroup v1 or v2; undefined if nowhere.
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

/** Some processes and their memory, as the kernel accounts for it. */
export class MemoryGroup {
  path;
  #hierarchy;
  #files;

  /**
   * Names a group; create() makes it, or a shell that has its path.
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
   * Makes it, with a limit at which the kernel kills. Only root may.
   *
   * @param {number} limit bytes
   */
  create(limit) {
    const { version, path } = this.#hierarchy;
    if (version === 2) writeFileSync(join(path, 'cgroup.subtree_control'), '+memory');
    mkdirSync(this.path);
    writeFileSync(join(this.path, this.#files.limit), String(limit));
  }

  /** All its processes have to be gone. */
  remove() {
    rmdirSync(this.path);
  }

  /** A shell that writes its own pid to this file joins the group. */
  get members() {
    return join(this.path, 'cgroup.procs');
  }

  /**
   * Bytes in use: all that is charged to the group but for its page cache, which the kernel drops when it needs the room. So
   * it is what processes have written to their memory, what is in tmpfs and shared memory, and what the kernel keeps for
   * them: stacks, page tables, sockets. 0 if the group is gone.
   */
  used() {
    const usage = Number(this.#read(this.#files.usage));
    const cache = [...this.#read('memory.stat').matchAll(this.#files.cache)];
    return Math.max(0, usage - cache.reduce((sum, [, bytes]) => sum + Number(bytes), 0));
  }

  /** Their pids, as this machine counts. */
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
