import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { probeMachine } from '../../../src/machine/probe.ts';
import type { Files } from '../../support/application.ts';
import { HOST, tree } from './trees.ts';

const MB = 1024 ** 2;
const V2 = 'sys/fs/cgroup';
const V1 = 'sys/fs/cgroup/memory';
const NO_LIMIT = { value: 8000 * MB, source: '/proc/meminfo' };

/** The memory that is found on a machine with 8000 MB, and its source. */
async function memoryOf(cgroup: string, files: Files) {
  return probeMachine(await tree({ physical: 8000, cgroup, files }), '', HOST).memory;
}

describe('the memory', () => {
  it.each<[where: string, cgroup: string, files: Files, MB: number, source: string]>([
    ['in a container', '0::/\n', { [`${V2}/memory.max`]: '536870912\n' }, 512, '/memory.max'],
    [
      'in a service of systemd',
      '0::/system.slice/jobs.service\n',
      { [`${V2}/system.slice/jobs.service/memory.max`]: `${700 * MB}\n`, [`${V2}/system.slice/memory.max`]: 'max\n' },
      700,
      '/system.slice/jobs.service/memory.max',
    ],
    [
      'in a group with a higher limit than its parent',
      '0::/slice/inner\n',
      { [`${V2}/slice/inner/memory.max`]: `${900 * MB}`, [`${V2}/slice/memory.max`]: `${600 * MB}` },
      600,
      '/slice/memory.max',
    ],
    [
      'in a container that sees the path on its host',
      '0::/docker/0123abcd\n',
      { [`${V2}/memory.max`]: `${512 * MB}` },
      512,
      '/memory.max',
    ],
    [
      'in a group outside of the mount',
      '0::/../../kubepods/x\n',
      { [`${V2}/memory.max`]: `${512 * MB}`, 'sys/kubepods/x/memory.max': `${100 * MB}` },
      512,
      '/memory.max',
    ],
    [
      'by the one file of a Cedar dyno',
      '0::/\n',
      { [`${V1}/memory.limit_in_bytes`]: '536870912\n' },
      512,
      '/memory/memory.limit_in_bytes',
    ],
    [
      'in groups of version 1',
      '5:cpu,cpuacct:/x\n4:memory:/docker/ab\n0::/\n',
      {
        [`${V1}/memory.limit_in_bytes`]: '9223372036854771712',
        [`${V1}/docker/ab/memory.limit_in_bytes`]: `${300 * MB}`,
      },
      300,
      '/memory/docker/ab/memory.limit_in_bytes',
    ],
    [
      'in version 1 if version 2 has no controllers',
      '4:memory:/a\n0::/a\n',
      { [`${V2}/unified/cgroup.procs`]: '1', [`${V1}/a/memory.limit_in_bytes`]: `${300 * MB}` },
      300,
      '/memory/a/memory.limit_in_bytes',
    ],
  ])('is limited %s', async (_, cgroup, files, megabytes, source) => {
    expect(await memoryOf(cgroup, files)).toEqual({ value: megabytes * MB, source: `/sys/fs/cgroup${source}` });
  });

  /** Contents of a file that are not a limit. */
  const NONSENSE: [what: string, text: string][] = [
    ['nothing', ''],
    ['a line break', '\n'],
    ['"max"', 'max\n'],
    ['2^63, rounded down to pages', '9223372036854771712\n'],
    ['2^64', '18446744073709551615\n'],
    ['more than the machine has', `${8001 * MB}\n`],
    ['zero', '0\n'],
    ['less than Node needs', '4096\n'],
    ['a negative number', '-1\n'],
    ['a unit', '512M\n'],
    ['an exponent', '5e8\n'],
    ['hexadecimal', '0x20000000\n'],
    ['two numbers', '536870912 536870912\n'],
    ['two lines', '536870912\n536870912\n'],
    ['digits of another script', '٥٣٦٨٧٠٩١٢'],
    ['binary', '\0\x01\x7fELF\x80\xff\0'],
    ['a number in binary', '536870912\0\0'],
    ['an endless line', '9'.repeat(100_000)],
  ];

  it.each(NONSENSE)('does not come from a file that contains %s', async (_, text) => {
    const version2 = { [`${V2}/memory.max`]: text };
    const version1 = { [`${V1}/memory.limit_in_bytes`]: text };
    expect(await memoryOf('0::/\n', version2)).toEqual(NO_LIMIT);
    expect(await memoryOf('0::/\n', version1)).toEqual(NO_LIMIT);
    // The next source is used.
    const next = { [`${V1}/memory.limit_in_bytes`]: `${512 * MB}` };
    expect((await memoryOf('0::/\n', { ...version2, ...next })).value).toBe(512 * MB);
    // It does not hide the limit of the parent group.
    const inner = { [`${V2}/a/memory.max`]: text, [`${V2}/memory.max`]: `${512 * MB}` };
    expect((await memoryOf('0::/a\n', inner)).value).toBe(512 * MB);
  });

  it.each<[what: string, files: Files]>([
    ['is missing', {}],
    ['is a directory', { [`${V2}/memory.max/x`]: '' }],
    ['is a dangling symbolic link', { [`${V2}/memory.max`]: '-> nowhere' }],
    ['is a loop of symbolic links', { [`${V2}/memory.max`]: `-> ${V2}/a`, [`${V2}/a`]: `-> ${V2}/memory.max` }],
  ])('is looked up elsewhere if a file %s', async (_, files) => {
    expect(await memoryOf('0::/\n', files)).toEqual(NO_LIMIT);
    const next = { [`${V1}/memory.limit_in_bytes`]: `${512 * MB}` };
    expect((await memoryOf('0::/\n', { ...files, ...next })).value).toBe(512 * MB);
  });

  it.each(['', 'nonsense', '\0\x01', '0:\n', '0::relative\n', '::::\n', ':'.repeat(10_000)])(
    'is found in the usual place if /proc/self/cgroup is %j',
    async (cgroup) => {
      expect((await memoryOf(cgroup, { [`${V2}/memory.max`]: `${512 * MB}` })).value).toBe(512 * MB);
    },
  );

  it('is looked up elsewhere if files are unreadable', async () => {
    const files = { [`${V2}/memory.max`]: `${400 * MB}`, [`${V1}/memory.limit_in_bytes`]: `${512 * MB}` };
    const root = await tree({ physical: 8000, cgroup: '0::/\n', files });
    chmodSync(root, 0o755);
    chmodSync(`${root}/${V2}/memory.max`, 0o000);
    expect(asNobody(() => probeMachine(root, '', HOST).memory)).toEqual({
      value: 512 * MB,
      source: '/sys/fs/cgroup/memory/memory.limit_in_bytes',
    });
    chmodSync(`${root}/proc`, 0o000);
    chmodSync(`${root}/sys`, 0o000);
    expect(asNobody(() => probeMachine(root, '', HOST))).toMatchObject({
      memory: { value: HOST.memory, source: 'the memory of the machine' },
      limited: false,
      cores: { value: HOST.cores },
      processes: undefined,
    });
    chmodSync(`${root}/proc`, 0o755);
    chmodSync(`${root}/sys`, 0o755);
  });

  it('is all that the machine has if nothing else is known', async () => {
    expect(probeMachine(await tree({}), '', HOST)).toEqual({
      memory: { value: HOST.memory, source: 'the memory of the machine' },
      limited: false,
      cores: { value: 96, source: 'all that the machine has' },
      seenCores: 96,
      processes: undefined,
      descriptors: undefined,
      dynoTypes: [],
    });
  });
});

/** Runs as an unprivileged user: root can read everything. */
function asNobody<Result>(look: () => Result): Result {
  if (process.geteuid?.() !== 0) return look();
  process.seteuid?.(65_534);
  try {
    return look();
  } finally {
    process.seteuid?.(0);
  }
}

async function coresOf(cgroup: string, files: Files, allowed = '0-15') {
  return probeMachine(await tree({ physical: 8000, allowed, cgroup, files }), '', HOST).cores;
}

describe('the cores', () => {
  it.each<[quota: string, cores: number]>([
    ['100000 100000', 1],
    ['50000 100000', 1],
    ['1000 100000', 1],
    // docker run --cpus=1.5
    ['150000 100000', 2],
    ['140000 100000', 1],
    ['250000 100000', 3],
    // Not a Fir dyno, which would have 8.
    ['720000 100000', 7],
    ['400000 50000', 8],
    ['9900000 100000', 16],
  ])('are a quota of %s, rounded: %i', async (quota, cores) => {
    const [time = '', period = ''] = quota.split(' ');
    const version1 = { 'sys/fs/cgroup/cpu/a/cpu.cfs_quota_us': time, 'sys/fs/cgroup/cpu/a/cpu.cfs_period_us': period };
    const joined = {
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': time,
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': period,
    };
    expect((await coresOf('0::/\n', { [`${V2}/cpu.max`]: `${quota}\n` })).value).toBe(cores);
    expect((await coresOf('5:cpu,cpuacct:/a\n0::/\n', version1)).value).toBe(cores);
    expect((await coresOf('5:cpu,cpuacct:/a\n0::/\n', joined)).value).toBe(cores);
  });

  it.each(['max 100000', '', 'nonsense', '0 0', '100000 0', '-1 100000', '100000', 'max', '1e5 1e5', '\0\x01'])(
    'are those of the machine if cpu.max is %j',
    async (text) => {
      expect(await coresOf('0::/\n', { [`${V2}/cpu.max`]: text })).toEqual({ value: 16, source: 'CPU affinity' });
    },
  );

  it('are the lowest quota of the group and its ancestors', async () => {
    const files = {
      [`${V2}/a/b/cpu.max`]: '400000 100000',
      [`${V2}/a/cpu.max`]: '300000 100000',
      [`${V2}/cpu.max`]: 'max 100000',
    };
    expect(await coresOf('0::/a/b\n', files)).toEqual({ value: 3, source: '/sys/fs/cgroup/a/cpu.max' });
  });

  it.each<[allowed: string, cores: number, source: string]>([
    ['0-15', 16, 'CPU affinity'],
    ['3', 1, 'CPU affinity'],
    ['0-1,8,10-11', 5, 'CPU affinity'],
    ['0-95', 96, 'all that the machine has'],
    ['0-255', 96, 'all that the machine has'],
    ['nonsense', 96, 'all that the machine has'],
    ['5-1', 96, 'all that the machine has'],
  ])('are those in the CPU affinity: %s', async (allowed, value, source) => {
    expect(await coresOf('0::/\n', {}, allowed)).toEqual({ value, source });
  });

  it("are Node's count if Linux gives none", async () => {
    const { cores } = probeMachine(await tree({}), '', { ...HOST, usableCores: 3 });
    expect(cores).toEqual({ value: 3, source: 'CPU affinity' });
  });
});

describe('the limit of processes', () => {
  async function processesOf(processes: number | 'unlimited', cgroup: string, files: Files) {
    return probeMachine(await tree({ processes, cgroup, files }), '', HOST).processes;
  }

  it.each<[processes: number | 'unlimited', files: Files, value: number | undefined, source: string]>([
    [256, {}, 256, '/proc/self/limits'],
    ['unlimited', {}, undefined, ''],
    ['unlimited', { [`${V2}/a/pids.max`]: '100', [`${V2}/pids.max`]: 'max' }, 100, '/sys/fs/cgroup/a/pids.max'],
    [256, { [`${V2}/a/pids.max`]: '300' }, 256, '/proc/self/limits'],
    [512, { 'sys/fs/cgroup/pids/a/pids.max': '300' }, 300, '/sys/fs/cgroup/pids/a/pids.max'],
    [256, { [`${V2}/a/pids.max`]: '0' }, 256, '/proc/self/limits'],
    [0, { [`${V2}/a/pids.max`]: '\0' }, undefined, ''],
  ])('is the lower of ulimit -u %s and %j', async (processes, files, value, source) => {
    const found = await processesOf(processes, '3:pids:/a\n0::/a\n', files);
    expect(found).toEqual(value === undefined ? undefined : { value, source });
  });
});

describe('the limit of descriptors', () => {
  it.each<[descriptors: number | 'unlimited', value: number | undefined]>([
    [256, 256],
    ['unlimited', undefined],
    [0, undefined],
  ])('is ulimit -n %s', async (descriptors, value) => {
    const found = probeMachine(await tree({ processes: 'unlimited', descriptors }), '', HOST).descriptors;
    expect(found).toEqual(value === undefined ? undefined : { value, source: '/proc/self/limits' });
  });
});
