import { join } from 'node:path/posix';
import { type Files, least, type Reading } from './reading.ts';

/** Values outside this range do not count as limits. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * Limits of this process's cgroup: of version 2 or, if that sets none, of version 1. The limits of its ancestors apply
 * too, so each is the lowest on the way up.
 *
 * process.constrainedMemory() will not do: if /proc/self/cgroup has "0::/", it only looks for version 2, and misses the
 * one file that a Cedar dyno has. Nor will os.availableParallelism(), which rounds 1.8 cores down to one.
 */
export class Cgroup {
  readonly #files: Files;
  /** Paths by controller. Version 2 has an empty name. */
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

  /** CPU quota in cores: 1.5 is one and a half. */
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

  /** Limit of processes and threads together. */
  processes({ min, max }: Range): Reading | undefined {
    const read = (group: string) => this.#files.number(`${group}/pids.max`, min, max);
    return this.#least('', ['/sys/fs/cgroup'], read) ?? this.#least('pids', ['/sys/fs/cgroup/pids'], read);
  }

  /** Number of processes in this group that the kernel killed for lack of memory; undefined if unknown. */
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
   * Directories of this process's group and of its ancestors. In a container its path can be the host's. Then only the
   * last directory, the mount point, exists.
   */
  #groups(controller: string, mount: string): string[] {
    const groups: string[] = [];
    let path = join('/', this.#paths.get(controller) ?? '/');
    for (; path !== '/'; path = join(path, '..')) groups.push(`${mount}${path}`);
    return [...groups, mount];
  }
}

/** CPU time per period. "max" and -1 mean no limit. */
function share(time = '', period = '', source: string): Reading | undefined {
  const isNumber = /^\d+$/;
  const value = isNumber.test(time) && isNumber.test(period) ? Number(time) / Number(period) : 0;
  return value > 0 && value < Infinity ? { value, source } : undefined;
}
