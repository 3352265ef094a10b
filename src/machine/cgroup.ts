import { join } from 'node:path/posix';
import { type Files, least, type Reading } from './reading.ts';

/** The range in which a limit is one. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * The limits of the cgroup that this process is in, version 2 or, where that says nothing, version 1. Those of the groups
 * around it hold as well, so each is the least on the way up.
 *
 * Not process.constrainedMemory(): where /proc/self/cgroup says "0::/", it looks for version 2 alone, and so misses the one
 * file that a Cedar dyno has. Nor os.availableParallelism(), which makes one core of 1.8.
 */
export class Cgroup {
  readonly #files: Files;
  /** Paths by controller; the one of version 2 has no name. */
  readonly #paths: ReadonlyMap<string, string>;

  constructor(files: Files) {
    this.#files = files;
    // "5:cpu,cpuacct:/system.slice/x", "0::/"
    const lines = files.text('/proc/self/cgroup').matchAll(/^\d+:([^:]*):(\/.*)$/gm);
    this.#paths = new Map(
      [...lines].flatMap(([, names = '', path = '/']) => names.split(',').map((name) => [name, path])),
    );
  }

  /** Bytes. */
  memory({ min, max }: Range): Reading | undefined {
    const read = (path: string) => this.#files.number(path, min, max);
    return (
      this.#least('', ['/sys/fs/cgroup'], (group) => read(`${group}/memory.max`)) ??
      this.#least('memory', ['/sys/fs/cgroup/memory'], (group) => read(`${group}/memory.limit_in_bytes`))
    );
  }

  /** Processor time per time: 1.5 is one and a half cores. */
  cpu(): Reading | undefined {
    return (
      this.#least('', ['/sys/fs/cgroup'], (group) => {
        const source = `${group}/cpu.max`;
        const [time, period] = this.#files.text(source).split(' ');
        return share(time, period, source);
      }) ??
      this.#least('cpu', ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup/cpu,cpuacct'], (group) => {
        const source = `${group}/cpu.cfs_quota_us`;
        return share(this.#files.text(source), this.#files.text(`${group}/cpu.cfs_period_us`), source);
      })
    );
  }

  /** Processes and threads together. */
  processes({ min, max }: Range): Reading | undefined {
    const read = (group: string) => this.#files.number(`${group}/pids.max`, min, max);
    return this.#least('', ['/sys/fs/cgroup'], read) ?? this.#least('pids', ['/sys/fs/cgroup/pids'], read);
  }

  /** How many processes of this group the kernel has killed for lack of memory; undefined if unknown. */
  oomKills(): number | undefined {
    const files = [
      ...this.#groups('', '/sys/fs/cgroup').map((group) => `${group}/memory.events`),
      ...this.#groups('memory', '/sys/fs/cgroup/memory').map((group) => `${group}/memory.oom_control`),
    ];
    const counts = files.map((file) => /^oom_kill (\d+)$/m.exec(this.#files.text(file))?.[1]);
    const own = counts.find((count) => count !== undefined);
    return own === undefined ? undefined : Number(own);
  }

  #least(controller: string, mounts: readonly string[], read: (group: string) => Reading | undefined) {
    return least(mounts.flatMap((mount) => this.#groups(controller, mount)).map(read));
  }

  /**
   * The directory of this process's group, and of those around it. In a container its own path may be that of the host, and
   * only the last of them, where the group is mounted, is there.
   */
  #groups(controller: string, mount: string): string[] {
    const groups: string[] = [];
    let path = join('/', this.#paths.get(controller) ?? '/');
    for (; path !== '/'; path = join(path, '..')) groups.push(`${mount}${path}`);
    return [...groups, mount];
  }
}

/** Time in each period. "max", or -1, is no limit. */
function share(time = '', period = '', source: string): Reading | undefined {
  const isNumber = /^\d+$/;
  const value = isNumber.test(time) && isNumber.test(period) ? Number(time) / Number(period) : 0;
  return value > 0 && value < Infinity ? { value, source } : undefined;
}
