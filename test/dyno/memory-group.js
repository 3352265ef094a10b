import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files of each version of cgroups, and how they call the page cache. */
const VERSIONS = {
  1: { usage: 'memory.usage_in_bytes', cache: /^total_(?:in)?active_file (\d+)$/gm },
  2: { usage: 'memory.current', cache: /^(?:in)?active_file (\d+)$/gm },
};

/** The processes of a dyno and their memory, as the kernel accounts for it. shell/group.sh makes it and removes it. */
export class MemoryGroup {
  path;
  #files;

  constructor({ version, path }, name) {
    this.path = join(path, name);
    this.#files = VERSIONS[version];
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

  signal(signal) {
    for (const pid of this.processes()) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended meanwhile.
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
