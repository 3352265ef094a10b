import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readMemory, readText } from './process-use.ts';

/** Memory use in bytes. */
export interface Usage {
  /** Of all processes together. */
  readonly use: number;
  /** Of each worker, by its id. A worker that could not be read, perhaps because it has just exited, is missing. */
  readonly workers: ReadonlyMap<number, number>;
}

/**
 * Measures the memory use of the swarm. If its limit is that of a cgroup whose use can be read, it reads that;
 * otherwise it adds up the swarm's processes. On a Cedar dyno, only the limit of the cgroup can be read.
 */
export class UsageMeter {
  readonly #root: string;
  readonly #group: Group | undefined;

  /**
   * @param limit memory limit of the whole swarm, bytes; 0: unknown
   * @param root the directory that contains proc and sys
   */
  constructor(limit: number, root = '/') {
    this.#root = root;
    this.#group = findGroup(limit, root);
  }

  /**
   * Costs milliseconds of CPU time per process, because the kernel walks all its pages. Runs on a thread, so it does
   * not block, and reads one process after another, so it takes no more than one core. Never rejects.
   *
   * @param workers pids by worker id
   * @param others pids of the swarm's other processes
   */
  async measure(workers: ReadonlyMap<number, number>, others: readonly number[]): Promise<Usage> {
    const found = new Map<number, number>();
    for (const [worker, pid] of workers) {
      const memory = await readMemory(pid, this.#root);
      if (memory) found.set(worker, memory.pss);
    }
    return { use: (await this.#groupUse()) ?? (await this.#sum([...found.values()], others)), workers: found };
  }

  async #sum(workers: readonly number[], others: readonly number[]): Promise<number> {
    let sum = workers.reduce((total, bytes) => total + bytes, 0);
    for (const pid of others) sum += (await readMemory(pid, this.#root))?.pss ?? 0;
    return sum;
  }

  async #groupUse(): Promise<number | undefined> {
    if (!this.#group) return undefined;
    const { directory, layout } = this.#group;
    const read = async ([file, pattern]: Figure) => numberIn(await readText(join(directory, file)), pattern);
    const inMemory = await read(layout.use);
    if (inMemory === undefined) return undefined;
    // The kernel drops this part of the cache before it swaps or kills.
    return inMemory - ((await read(layout.cache)) ?? 0) + ((await read(layout.swap)) ?? 0);
  }
}

/** Whether the memory use of a process can be read here: on Linux 4.14 or later, with /proc. */
export function canMeasure(root = '/'): boolean {
  try {
    return readFileSync(join(root, 'proc/self/smaps_rollup'), 'utf8').includes('Pss:');
  } catch {
    return false;
  }
}

/** A number in a file. */
type Figure = readonly [file: string, pattern: RegExp];

interface Layout {
  readonly mount: string;
  /** The path of this process's group, in /proc/self/cgroup. */
  readonly path: RegExp;
  readonly limit: Figure;
  readonly use: Figure;
  readonly cache: Figure;
  readonly swap: Figure;
}

interface Group {
  readonly directory: string;
  readonly layout: Layout;
}

const ALL = /^(\d+)$/m;

const CGROUP_V2: Layout = {
  mount: 'sys/fs/cgroup',
  path: /^0::(.+)$/m,
  limit: ['memory.max', ALL],
  use: ['memory.current', ALL],
  cache: ['memory.stat', /^inactive_file (\d+)$/m],
  swap: ['memory.swap.current', ALL],
};

/** In version 1, figures that begin with total_ include child groups. */
const CGROUP_V1: Layout = {
  mount: 'sys/fs/cgroup/memory',
  path: /^\d+:(?:[^:]+,)?memory(?:,[^:]+)?:(.+)$/m,
  limit: ['memory.limit_in_bytes', ALL],
  use: ['memory.usage_in_bytes', ALL],
  cache: ['memory.stat', /^total_inactive_file (\d+)$/m],
  swap: ['memory.stat', /^total_swap (\d+)$/m],
};

/** Finds the group that has this limit: this process's own, or an ancestor. Only its use counts toward that limit. */
function findGroup(limit: number, root: string): Group | undefined {
  const membership = readTextSync(join(root, 'proc/self/cgroup'));
  for (const layout of [CGROUP_V2, CGROUP_V1]) {
    const mount = join(root, layout.mount);
    // In a container the path can be the host's, or lead up to it ("/.."), while only the mount point is visible.
    let directory = join(mount, join('/', layout.path.exec(membership)?.[1] ?? ''));
    for (; directory.startsWith(mount); directory = dirname(directory)) {
      const read = ([file, pattern]: Figure) => numberIn(readTextSync(join(directory, file)), pattern);
      if (read(layout.limit) === limit && read(layout.use) !== undefined) return { directory, layout };
    }
  }
  return undefined;
}

function numberIn(text: string, pattern: RegExp): number | undefined {
  const digits = pattern.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Returns an empty string if the file cannot be read. */
function readTextSync(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
