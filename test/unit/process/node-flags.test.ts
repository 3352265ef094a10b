import { afterEach, describe, expect, it, vi } from 'vitest';
import { heapFlags, moldFlags } from '../../../src/process/node-flags.ts';

const ALL = ['--no-flush-bytecode', '--no-memory-reducer', '--v8-pool-size=1', '--no-concurrent-sparkplug'];

describe('the flags of a mold', () => {
  const { execArgv } = process;
  afterEach(() => {
    vi.unstubAllEnvs();
    process.execArgv = execArgv;
  });

  it('reduce what its workers do not share', () => {
    vi.stubEnv('NODE_OPTIONS', '--enable-source-maps');
    expect(moldFlags()).toEqual(ALL);
  });

  it('do not override NODE_OPTIONS', () => {
    vi.stubEnv('NODE_OPTIONS', '--v8-pool-size=4');
    expect(moldFlags()).toEqual(ALL.filter((flag) => flag !== '--v8-pool-size=1'));
  });

  it.each([
    ['--flush-bytecode', ALL[0]],
    ['--no-flush-bytecode', ALL[0]],
    ['--memory-reducer', ALL[1]],
    ['--concurrent-sparkplug', ALL[3]],
  ])("do not override %s on Node's command line", (given, dropped) => {
    process.execArgv = [given];
    expect(moldFlags()).toEqual(ALL.filter((flag) => flag !== dropped));
  });
});

describe('the heap flags', () => {
  const { execArgv } = process;
  afterEach(() => {
    vi.unstubAllEnvs();
    process.execArgv = execArgv;
  });

  const GROWTH = '--heap-growing-percent=50';
  const limits = { oldSpace: 384.5 * 1024 ** 2, semiSpace: 8 * 1024 ** 2, growth: 50 };

  it('have sizes in megabytes, and growth in percent', () => {
    vi.stubEnv('NODE_OPTIONS', '--enable-source-maps');
    expect(heapFlags(limits)).toEqual(['--max-old-space-size=384', '--max-semi-space-size=8', GROWTH]);
  });

  it('are none without limits', () => {
    expect(heapFlags({ oldSpace: undefined, semiSpace: undefined, growth: undefined })).toEqual([]);
  });

  it.each<[options: string, left: string[]]>([
    ['--max-old-space-size=200', ['--max-semi-space-size=8']],
    ['--max_old_space_size=200', ['--max-semi-space-size=8']],
    ['--max-old-space-size-percentage=50', ['--max-semi-space-size=8']],
    ['--max-heap-size=200', ['--max-semi-space-size=8']],
    ['--max-semi-space-size=64', ['--max-old-space-size=384']],
    ['--max_semi_space_size=64', ['--max-old-space-size=384']],
    ['--min-semi-space-size=64', ['--max-old-space-size=384']],
    ['--min_semi_space_size=64', ['--max-old-space-size=384']],
    ['--max-old-space-size=200 --max-semi-space-size=64', []],
  ])('do not override %s', (options, left) => {
    vi.stubEnv('NODE_OPTIONS', options);
    expect(heapFlags(limits)).toEqual([...left, GROWTH]);
  });

  it("do not override Node's command line", () => {
    process.execArgv = ['--heap_growing_percent=20', '--semi-space-size=32'];
    expect(heapFlags(limits)).toEqual(['--max-old-space-size=384']);
  });
});
