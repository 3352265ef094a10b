import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { canMeasure, UsageMeter } from '../../../src/machine/usage.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const MB = 1024 ** 2;
const LIMIT = 512 * MB;

/** A directory with these files. */
async function rootWith(files: Record<string, string>): Promise<string> {
  const root = await temporaryDirectory();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}

function rollup(pss: number, swapPss = 0): string {
  return `5618af3bd000-7fff195c7000 ---p 00000000 00:00 0  [rollup]
Rss:              999999 kB
Pss:              ${String(pss).padStart(6)} kB
Pss_Dirty:        999999 kB
SwapPss:          ${String(swapPss).padStart(6)} kB
`;
}

/** Workers 1 and 2, a supervisor and a mold: 100 kB together. */
const PROCESSES = {
  'proc/11/smaps_rollup': rollup(10),
  'proc/12/smaps_rollup': rollup(20),
  'proc/13/smaps_rollup': rollup(30),
  'proc/14/smaps_rollup': rollup(40),
};
const SUM = 100 * 1024;

async function useIn(files: Record<string, string>, limit = LIMIT): Promise<number> {
  const meter = new UsageMeter(limit, await rootWith({ ...PROCESSES, ...files }));
  return (
    await meter.measure(
      new Map([
        [1, 11],
        [2, 12],
      ]),
      [13, 14],
    )
  ).use;
}

const V2 = { 'proc/self/cgroup': '0::/app\n' };
const V1 = { 'proc/self/cgroup': '5:cpu,cpuacct:/x\n4:memory:/app\n0::/\n' };

function v2(group: string, limit: string | number = LIMIT): Record<string, string> {
  const directory = join('sys/fs/cgroup', group);
  return {
    [join(directory, 'memory.max')]: `${limit}\n`,
    [join(directory, 'memory.current')]: `${300 * MB}\n`,
    [join(directory, 'memory.stat')]: `anon 1\nfile 2\nactive_file 4\ninactive_file ${50 * MB}\n`,
  };
}

function v1(group: string, limit: string | number = LIMIT): Record<string, string> {
  const directory = join('sys/fs/cgroup/memory', group);
  return {
    [join(directory, 'memory.limit_in_bytes')]: `${limit}\n`,
    [join(directory, 'memory.usage_in_bytes')]: `${300 * MB}\n`,
    [join(directory, 'memory.stat')]: `inactive_file 7\ntotal_inactive_file ${50 * MB}\ntotal_swap ${20 * MB}\n`,
  };
}

describe('the memory use of a worker', () => {
  test('is its proportional share of memory and swap, in bytes', async () => {
    const meter = new UsageMeter(0, await rootWith({ 'proc/11/smaps_rollup': rollup(1000, 24) }));
    expect((await meter.measure(new Map([[7, 11]]), [])).workers).toEqual(new Map([[7, 1024 * 1024]]));
  });

  test.each([
    ['the worker is gone', {}],
    ['the worker has just exited', { 'proc/12/smaps_rollup': '' }],
    ['the file contains nonsense', { 'proc/12/smaps_rollup': '\0\x01\xff Pss: many' }],
    ['the file is a directory', { 'proc/12/smaps_rollup/x': '' }],
  ])('is missing if %s, and the others are still measured', async (_, files) => {
    const meter = new UsageMeter(0, await rootWith({ 'proc/11/smaps_rollup': rollup(10), ...files }));
    const { workers, use } = await meter.measure(
      new Map([
        [1, 12],
        [2, 11],
      ]),
      [],
    );
    expect(workers).toEqual(new Map([[2, 10 * 1024]]));
    expect(use).toBe(10 * 1024);
  });

  test('can be measured for this process', async () => {
    const { workers, use } = await new UsageMeter(0).measure(new Map([[1, process.pid]]), [process.ppid]);
    const { rss } = process.memoryUsage();
    expect(workers.get(1)).toBeGreaterThan(rss / 20);
    expect(workers.get(1)).toBeLessThan(rss * 2);
    expect(use).toBeGreaterThan(workers.get(1) as number);
    expect(canMeasure()).toBe(true);
  });

  test('cannot be measured without /proc, or on an old kernel', async () => {
    expect(canMeasure(await rootWith({}))).toBe(false);
    expect(canMeasure(await rootWith({ 'proc/self/smaps_rollup': '' }))).toBe(false);
  });
});

describe('the memory use of the whole swarm', () => {
  const OF_GROUP = 250 * MB;

  test.each<[string, Record<string, string>, number]>([
    ['its group (v2) without the cache that can be dropped', { ...V2, ...v2('app') }, OF_GROUP],
    ['its group (v1) without that cache, but with swap', { ...V1, ...v1('app') }, OF_GROUP + 20 * MB],
    [
      'its group (v2) with swap',
      { ...V2, ...v2('app'), 'sys/fs/cgroup/app/memory.swap.current': `${MB}\n` },
      OF_GROUP + MB,
    ],
    ['the parent group, if that has the limit', { ...V2, ...v2('app', 'max'), ...v2('') }, OF_GROUP],
    [
      'a container whose path is that of the host',
      { 'proc/self/cgroup': '0::/kubepods/pod1/c2\n', ...v2('') },
      OF_GROUP,
    ],
    ['a container whose path leads out of it', { 'proc/self/cgroup': '0::/../../c2\n', ...v2('') }, OF_GROUP],
    [
      'a container (v1) whose path is that of the host',
      { 'proc/self/cgroup': '4:memory:/docker/c2\n', ...v1('') },
      OF_GROUP + 20 * MB,
    ],
    ['v1 beside an empty v2', { ...V1, ...v1('app'), 'sys/fs/cgroup/memory.max': 'max\n' }, OF_GROUP + 20 * MB],
    ['a group of unknown cache size', { ...V2, ...v2('app'), 'sys/fs/cgroup/app/memory.stat': '' }, 300 * MB],
  ])('is that of %s', async (_, files, use) => {
    expect(await useIn(files)).toBe(use);
  });

  test.each<[string, Record<string, string>]>([
    [
      'Cedar shows only the limit',
      { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/memory/memory.limit_in_bytes': `${LIMIT}\n` },
    ],
    ['there are no groups', {}],
    ['the group has no limit', { ...V2, ...v2('app', 'max') }],
    ['the group has a different limit, because of SWARM_MEMORY_MB', { ...V2, ...v2('app', 2 * LIMIT) }],
    ['the limit is nonsense', { ...V2, ...v2('app', '\0\xff') }],
    ['the use cannot be read', { ...V2, ...v2('app'), 'sys/fs/cgroup/app/memory.current': 'none\n' }],
    ['another group has the limit', { ...V2, ...v2('other') }],
  ])('is the sum of its processes if %s', async (_, files) => {
    expect(await useIn(files)).toBe(SUM);
  });
});
