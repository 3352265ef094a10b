import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readMemory, readText } from './process-use.ts';

/** Bytes. */
export interface Usage {
  /** What all processes together use. */
  readonly use: number;
  /** What each worker uses, by its number. One that could not be read is missing: perhaps it has just ended. */
  readonly workers: ReadonlyMap<number, number>;
}

/**
 * Measures what the swarm uses: by the kernel's account of the group whose limit the swarm lives under, where there is
 * one, else as the sum of its processes. On a Cedar dyno only the limit can be read.
 */
export class UsageMeter {
  readonly #root: string;
  readonly #group: Group | undefined;

  /**
   * @param limit what the whole swarm may use, bytes; 0: not known
   * @param root the directory in which proc and sys are
   */
  constructor(limit: number, root = '/') {
    this.#root = root;
    this.#group = findGroup(limit, root);
  }

  /**
   * Costs milliseconds of processor time for each process, as the kernel walks all its pages. On a thread, so that this
   * one goes on, and one process after another, so that it is no more than one core. Never rejects.
   *
   * @param workers pids by number
   * @param others the pids of the other processes of the swarm
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
    // The kernel drops that part of its cache before it swaps or kills.
    return inMemory - ((await read(layout.cache)) ?? 0) + ((await read(layout.swap)) ?? 0);
  }
}

/** Whether it can be told here what a process uses: where Linux 4.14 or later has a /proc. */
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

/** Here the figures that begin with total_ include the groups inside. */
const CGROUP_V1: Layout = {
  mount: 'sys/fs/cgroup/memory',
  path: /^\d+:(?:[^:]+,)?memory(?:,[^:]+)?:(.+)$/m,
  limit: ['memory.limit_in_bytes', ALL],
  use: ['memory.usage_in_bytes', ALL],
  cache: ['memory.stat', /^total_inactive_file (\d+)$/m],
  swap: ['memory.stat', /^total_swap (\d+)$/m],
};

/** This process's group, or one around it, that has this limit: others say nothing about what is left of it. */
function findGroup(limit: number, root: string): Group | undefined {
  const membership = readTextSync(join(root, 'proc/self/cgroup'));
  for (const layout of [CGROUP_V2, CGROUP_V1]) {
    const mount = join(root, layout.mount);
    // In a container the path may be one of the host's (or lead up to it), while only the mount itself is visible.
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

/** Empty where it cannot be read. */
function readTextSync(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
