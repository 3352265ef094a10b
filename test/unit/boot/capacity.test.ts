import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Room, sizeCount, sizeHeap, sizeMaxMemory, tooMany } from '../../../src/boot/capacity.ts';

const MB = 1024 ** 2;
const LIMITS = '/proc/self/limits';

function room(cores: number, megabytes: number, other: Partial<Room> = {}): Room {
  return {
    memory: megabytes * MB,
    limited: true,
    cores: { value: cores, source: 'the machine' },
    processes: undefined,
    descriptors: undefined,
    mode: 'fork',
    image: 50 * MB,
    ...other,
  };
}

const processes = (value: number) => ({ processes: { value, source: LIMITS } });
const descriptors = (value: number) => ({ descriptors: { value, source: LIMITS } });

describe('the number of workers', () => {
  it.each<[what: string, room: Room, count: number, reason: string]>([
    ['one per core', room(2, 512), 2, '2 cores'],
    ['one per core', room(1, 512), 1, '1 core'],
    [
      'as many as fit into memory with what they share',
      room(8, 512),
      3,
      '3 fit into the memory: 0.9 × 512 MB − 64 MB for swarm − 50 MB for what is preloaded, 96 MB each',
    ],
    [
      'lower if more is shared',
      room(8, 512, { image: 200 * MB }),
      2,
      '2 fit into the memory: 0.9 × 512 MB − 64 MB for swarm − 200 MB for what is preloaded, 96 MB each',
    ],
    [
      'a cautious estimate until that is measured',
      room(8, 512, { image: undefined }),
      3,
      '3 fit into the memory: 0.9 × 512 MB − 64 MB for swarm − 64 MB for what is preloaded (an estimate), 96 MB each',
    ],
    [
      'lower if nothing is shared',
      room(8, 1024, { mode: 'spawn' }),
      6,
      '6 fit into the memory: 0.9 × 1024 MB − 64 MB for swarm, 128 MB each',
    ],
    [
      'at least one',
      room(8, 100),
      1,
      'at least one, although not even one fits into the memory: ' +
        '0.9 × 100 MB − 64 MB for swarm − 50 MB for what is preloaded, 96 MB each',
    ],
    [
      'bounded by the limit of processes and threads',
      room(64, 64_000, processes(256)),
      16,
      '16 fit into 256 processes and threads: 32 for swarm, 14 each',
    ],
    ['one per core if the limit of processes allows more', room(8, 64_000, processes(256)), 8, '8 cores'],
    [
      'at least one, whatever the limit of processes',
      room(8, 64_000, processes(20)),
      1,
      'at least one, although not even one fits into 20 processes and threads: 32 for swarm, 14 each',
    ],
    [
      'bounded by the number of channels that the supervisor can open',
      room(64, 64_000, descriptors(64)),
      16,
      '16 fit into 64 descriptors',
    ],
    ['bounded by memory, even without a limit', room(64, 512, { limited: false }), 3, '3 fit'],
    ['one in inline mode', room(8, 512, { mode: 'inline' }), 1, 'inline mode'],
  ])('is %s', (_, given, value, reason) => {
    const sized = sizeCount(given);
    expect(sized.value).toBe(value);
    expect(sized.reason.startsWith(reason)).toBe(true);
  });

  it('is too high if more than fit, but never in inline mode', () => {
    expect(tooMany(room(2, 512), 3)).toBeUndefined();
    expect(tooMany(room(2, 512), 4)).toMatch(/^3 fit into the memory/);
    expect(tooMany(room(2, 64_000, processes(256)), 17)).toMatch(/^16 fit into 256 processes/);
    expect(tooMany(room(2, 512, processes(256)), 99)).toMatch(
      /^3 fit into the memory: .* each; 16 fit into 256 processes/,
    );
    expect(tooMany(room(2, 14_336, processes(256)), 200)).toMatch(/^16 fit into 256 .* each; 133 fit into the memory/);
    expect(tooMany(room(2, 64_000, descriptors(256)), 209)).toBe(
      '208 fit into 256 descriptors of the supervisor: 48 for swarm, 1 each',
    );
    expect(tooMany(room(2, 100), 1)).toMatch(/^not even one fits into the memory/);
    expect(tooMany(room(2, 100, { mode: 'inline' }), 1)).toBeUndefined();
  });
});

describe('the size at which a worker is recycled', () => {
  it.each<[what: string, room: Room, count: number, MB: number, reason: string]>([
    ['twice the fair share', room(8, 14_336), 8, 3209, 'twice the fair share of 8 workers'],
    ['all the memory for workers, if that is less', room(2, 512), 1, 396, 'all the memory for workers'],
    ['twice what a worker needs, if the fair share is less', room(2, 1024), 16, 198, 'twice what swarm budgets'],
    ['what a worker needs, however little memory there is', room(2, 64), 2, 121, 'all the memory for workers'],
    ['unlimited if nothing limits the memory', room(2, 512, { limited: false }), 2, 0, 'off, because nothing'],
  ])('is %s', (_, given, count, megabytes, reason) => {
    const { value, reason: why } = sizeMaxMemory(given, count);
    expect([value / MB, why]).toEqual([megabytes, expect.stringContaining(reason)]);
  });
});

describe("V8's limits", () => {
  it.each<[what: string, room: Room, count: number, old: number | undefined, semi: number | undefined]>([
    ['allow each worker three quarters of the memory', room(8, 1024), 8, 768, 4],
    ['do not depend on the size of the mold, which is measured later', room(8, 1024, { image: undefined }), 8, 768, 4],
    ['shrink the young generation in spawn mode', room(8, 1024, { mode: 'spawn' }), 8, 768, 8],
    ['leave it alone if each worker has plenty of memory', room(8, 14_336, { mode: 'spawn' }), 8, 10_752, undefined],
    ['leave enough to start', room(1, 32), 1, 64, 4],
    [
      "are V8's defaults if nothing limits the memory",
      room(8, 1024, { limited: false, mode: 'spawn' }),
      8,
      undefined,
      undefined,
    ],
  ])('%s', (_, given, count, old, semi) => {
    const { oldSpace, semiSpace } = sizeHeap(given, count);
    expect([oldSpace, semiSpace]).toEqual([old === undefined ? old : old * MB, semi === undefined ? semi : semi * MB]);
  });

  it.each<[what: string, room: Room, count: number, frugal: boolean, semi: number | undefined]>([
    ['a core and plenty of memory', room(8, 14_336), 8, false, 16],
    ['a core, but little memory', room(8, 1024), 8, true, 4],
    ['a core, but little memory, although nothing limits it', room(8, 1024, { limited: false }), 8, true, 4],
    ['plenty of memory, but less than a core', room(2, 14_336), 3, true, 4],
  ])('save memory unless a forked worker has a core and plenty of memory: %s', (_, given, count, frugal, semi) => {
    expect(sizeHeap(given, count)).toMatchObject({ frugal, semiSpace: semi && semi * MB });
  });

  it('do not make spawned workers save memory', () => {
    expect(sizeHeap(room(2, 1024, { mode: 'spawn' }), 8).frugal).toBe(false);
  });

  it('let the heaps of forked workers grow less if there are more workers than cores', () => {
    expect(sizeHeap(room(4, 1024), 4).growth).toBe(100);
    expect(sizeHeap(room(4, 1024), 5).growth).toBe(50);
    expect(sizeHeap(room(4, 1024, { limited: false }), 5).growth).toBe(50);
    expect(sizeHeap(room(4, 1024, { mode: 'spawn' }), 5).growth).toBeUndefined();
  });
});

function limit(min: number) {
  return fc.option(
    fc.integer({ min, max: 1_000_000 }).map((value) => ({ value, source: LIMITS })),
    { nil: undefined },
  );
}

describe('on any machine', () => {
  const rooms = fc.record<Room>({
    memory: fc.integer({ min: 1, max: 2 ** 43 }),
    limited: fc.boolean(),
    cores: fc.integer({ min: 1, max: 512 }).map((value) => ({ value, source: 'the machine' })),
    processes: limit(16),
    descriptors: limit(24),
    mode: fc.constantFrom('fork', 'spawn', 'inline'),
    image: fc.option(fc.integer({ min: 0, max: 2 ** 34 }), { nil: undefined }),
  });

  it('there is at least one worker, at most one per core, and more than one never causes a warning', () => {
    fc.assert(
      fc.property(rooms, (given) => {
        const { value } = sizeCount(given);
        expect(Number.isInteger(value) && value >= 1 && value <= given.cores.value).toBe(true);
        if (value > 1) expect(tooMany(given, value)).toBeUndefined();
      }),
    );
  });

  it('more memory never means fewer workers or a lower limit per worker', () => {
    fc.assert(
      fc.property(rooms, fc.integer({ min: 0, max: 2 ** 40 }), (given, more) => {
        const larger = { ...given, memory: given.memory + more };
        expect(sizeCount(larger).value).toBeGreaterThanOrEqual(sizeCount(given).value);
        expect(sizeMaxMemory(larger, 4).value).toBeGreaterThanOrEqual(sizeMaxMemory(given, 4).value);
      }),
    );
  });

  it('all sizes are whole megabytes, and the limit per worker is 0 only if nothing limits the memory', () => {
    fc.assert(
      fc.property(rooms, fc.integer({ min: 1, max: 1000 }), (given, count) => {
        const { oldSpace = 64 * MB, semiSpace = MB } = sizeHeap(given, count);
        const { value } = sizeMaxMemory(given, count);
        for (const size of [oldSpace, semiSpace, value]) expect(size % MB).toBe(0);
        expect(oldSpace).toBeGreaterThanOrEqual(64 * MB);
        expect(value > 0).toBe(given.limited);
      }),
    );
  });
});
