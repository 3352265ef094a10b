import { describe, expect, it } from 'vitest';
import { sizeCount, sizeHeap, sizeMaxMemory } from '../../../../src/boot/capacity.ts';
import { CATALOG, type DynoType } from '../../../../src/machine/heroku/catalog.ts';
import { machineLike } from '../../../../src/machine/heroku/named.ts';
import { type Machine, probeMachine } from '../../../../src/machine/probe.ts';
import { list } from '../../../../src/text/list.ts';
import { cedar, fir, HOST } from '../trees.ts';

const MB = 1024 ** 2;

/** What swarm infers from what a dyno shows. Written down, not calculated. */
type CedarRow = [names: string, MB: number, seen: number, ulimit: number, cores: number, fork: number, spawn: number];

// biome-ignore format: a table
const CEDAR: CedarRow[] = [
  // names                                               MB  seen  ulimit  cores  COUNT forked, spawned
  ['standard-1x, basic or eco',                        512,    8,    256,     2,   2,  2],
  ['standard-2x',                                      1024,    8,    512,     4,   4,  4],
  ['private-s or shield-s',                            1024,    2,    512,     2,   2,  2],
  ['performance-m, private-m or shield-m',            2560,    2,  16384,     2,   2,  2],
  ['performance-l, private-l or shield-l',           14336,    8,  32768,     8,   8,  8],
  ['performance-l-ram, private-l-ram or shield-l-ram', 30720,  4,  24576,     4,   4,  4],
  ['performance-l-ram, private-l-ram or shield-l-ram', 30720,  4,  16384,     4,   4,  4],
  ['performance-xl, private-xl or shield-xl',        63488,    8,  32768,     8,   8,  8],
  ['performance-2xl, private-2xl or shield-2xl',    129024,   16,  65536,    16,  16, 16],
];

type FirRow = [name: string, MB: number, cpuMax: string, count: number];

// biome-ignore format: a table
const FIR: FirRow[] = [
  ['dyno-1c-0.5gb',     512, '90000 100000',    1],
  ['dyno-2c-1gb',      1024, '180000 100000',   2],
  ['dyno-1c-4gb',      4096, '90000 100000',    1],
  ['dyno-2c-8gb',      8192, '180000 100000',   2],
  ['dyno-4c-16gb',    16384, '360000 100000',   4],
  ['dyno-8c-32gb',    32768, '720000 100000',   8],
  ['dyno-16c-64gb',   65536, '1440000 100000', 16],
  ['dyno-2c-4gb',      4096, '180000 100000',   2],
  ['dyno-4c-8gb',      8192, '360000 100000',   4],
  ['dyno-8c-16gb',    16384, '720000 100000',   8],
  ['dyno-16c-32gb',   32768, '1440000 100000', 16],
  ['dyno-32c-64gb',   65536, '2880000 100000', 32],
  ['dyno-1c-8gb',      8192, '90000 100000',    1],
  ['dyno-2c-16gb',    16384, '180000 100000',   2],
  ['dyno-4c-32gb',    32768, '360000 100000',   4],
  ['dyno-8c-64gb',    65536, '720000 100000',   8],
  ['dyno-16c-128gb', 131072, '1440000 100000', 16],
];

/** R15 in MB, if it is not the quota itself: twice or 1.2 times the quota. */
const KILLED_AT: Record<string, number> = {
  eco: 1024,
  basic: 1024,
  'standard-1x': 1024,
  'standard-2x': 2048,
  'performance-m': 5120,
  'performance-l': 28_672,
  'performance-l-ram': 36_864,
  'performance-xl': 76_185.6,
  'performance-2xl': 154_828.8,
};

function count(machine: Machine, mode: 'fork' | 'spawn'): number {
  return sizeCount({ ...machine, memory: machine.memory.value, mode, image: undefined }).value;
}

function nameOf(types: readonly DynoType[]): string {
  return list(
    types.map(({ name }) => name),
    'or',
  );
}

describe('a Cedar dyno', () => {
  it.each(CEDAR)('%s: %i MB, %i cores seen, ulimit -u %i', async (names, mb, seen, ulimit, cores, fork, spawn) => {
    const machine = probeMachine(await cedar(mb * MB, seen, ulimit), 'worker.2', HOST);
    expect(nameOf(machine.dynoTypes)).toBe(names);
    expect(machine.memory).toEqual({ value: mb * MB, source: '/sys/fs/cgroup/memory/memory.limit_in_bytes' });
    expect(machine.limited).toBe(true);
    expect(machine.cores.value).toBe(cores);
    expect(machine.seenCores).toBe(seen);
    expect(machine.processes).toEqual({ value: ulimit, source: '/proc/self/limits' });
    expect([count(machine, 'fork'), count(machine, 'spawn')]).toEqual([fork, spawn]);
  });

  it('is recognized even if Heroku has changed its hosts or its limit of processes', async () => {
    const changed = probeMachine(await cedar(1024 * MB, 16, 999), 'worker.2', HOST);
    expect(nameOf(changed.dynoTypes)).toBe('standard-2x, private-s or shield-s');
    // The fewest cores of these types.
    expect(changed.cores.value).toBe(2);
  });
});

describe('a Fir dyno', () => {
  it.each(FIR)('%s: %i MB, cpu.max %s', async (name, mb, cpuMax, count_) => {
    const machine = probeMachine(await fir(mb * MB, cpuMax), 'worker-23z34x56y-w78k9', HOST);
    expect(nameOf(machine.dynoTypes)).toBe(name);
    expect(machine.memory).toEqual({ value: mb * MB, source: '/sys/fs/cgroup/memory.max' });
    expect(machine.cores.value).toBe(count_);
    expect([count(machine, 'fork'), count(machine, 'spawn')]).toEqual([count_, count_]);
  });

  it('is one of several types if its number of cores is unknown', async () => {
    const { dynoTypes, cores } = probeMachine(await fir(8192 * MB, 'nonsense'), 'worker-23z34x56y-w78k9', HOST);
    expect(nameOf(dynoTypes)).toBe('dyno-2c-8gb, dyno-4c-8gb or dyno-1c-8gb');
    expect(cores.value).toBe(1);
  });
});

describe('a machine that is not a dyno', () => {
  it('has no DYNO, whatever its size', async () => {
    for (const root of [await cedar(512 * MB, 8, 256), await fir(1024 * MB, '180000 100000')]) {
      expect(probeMachine(root, '', HOST).dynoTypes).toEqual([]);
    }
  });

  it.each<[why: string, root: () => Promise<string>, dyno: string]>([
    ['a size that no dyno has', () => cedar(600 * MB, 8, 256), 'worker.1'],
    ['no limit', () => cedar(2 ** 63 - 4096, 8, 256), 'worker.1'],
    ["Cedar's number in a container, as under Dokku", () => fir(512 * MB, 'max 100000'), 'worker.1'],
    ["a CPU quota that is not Fir's", () => fir(1024 * MB, '150000 100000'), 'worker-23z34x56y-w78k9'],
    ["Fir's name without its cgroup", () => cedar(512 * MB, 8, 256), 'worker-23z34x56y-w78k9'],
  ])('can have DYNO and %s', async (_, root, dyno) => {
    expect(probeMachine(await root(), dyno, HOST).dynoTypes).toEqual([]);
  });
});

describe('the catalog', () => {
  it('has the types of the two tables, and no others', () => {
    const names = [...CEDAR.flatMap(([list]) => list.split(/ or |, /)), ...FIR.map(([name]) => name)];
    expect(CATALOG.map(({ name }) => name).sort()).toEqual([...new Set(names)].sort());
    expect(CATALOG).toHaveLength(38);
  });

  it.each(CATALOG.map((type) => [type.name, type] as const))('has the R15 threshold of %s', (name, type) => {
    expect(type.killedAt / MB).toBeCloseTo(KILLED_AT[name] ?? type.memory / MB, 6);
  });

  it.each(CATALOG.map((type) => [type.name, type] as const))(
    'has room on %s for the workers that swarm starts there',
    (_, type) => {
      const machine = machineLike(type);
      for (const mode of ['fork', 'spawn'] as const) {
        const room = { ...machine, memory: type.memory, mode, image: undefined };
        const { value } = sizeCount(room);
        expect(value).toBe(type.cores);
        expect(sizeMaxMemory(room, value).value).toBeGreaterThan(type.memory / 8 / value);
        expect(sizeMaxMemory(room, value).value).toBeLessThan(type.memory * 0.9);
        expect(sizeHeap(room, value).oldSpace).toBe(Math.floor((type.memory * 0.75) / MB) * MB);
      }
    },
  );
});
