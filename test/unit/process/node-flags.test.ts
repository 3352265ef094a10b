import { afterEach, describe, expect, it, vi } from 'vitest';
import { heapFlags, moldFlags } from '../../../src/process/node-flags.ts';

describe('the flags of a mold', () => {
  afterEach(() => void vi.unstubAllEnvs());

  it('give its workers a small young generation', () => {
    vi.stubEnv('NODE_OPTIONS', '--enable-source-maps');
    expect(moldFlags()).toEqual(['--max-semi-space-size=8']);
  });

  it.each(['--max-semi-space-size=64', '--max_semi_space_size=64', '--min-semi-space-size=16'])(
    'do not where somebody has set %s',
    (options) => {
      vi.stubEnv('NODE_OPTIONS', options);
      expect(moldFlags()).toEqual([]);
    },
  );
});

describe('the limits of heaps', () => {
  afterEach(() => void vi.unstubAllEnvs());

  const limits = { oldSpace: 384.5 * 1024 ** 2, semiSpace: 8 * 1024 ** 2 };

  it('are told to V8 in megabytes', () => {
    vi.stubEnv('NODE_OPTIONS', '--enable-source-maps');
    expect(heapFlags(limits)).toEqual(['--max-old-space-size=384', '--max-semi-space-size=8']);
  });

  it('are its own where there are none', () => {
    expect(heapFlags({ oldSpace: undefined, semiSpace: undefined })).toEqual([]);
  });

  it.each<[options: string, left: string[]]>([
    ['--max-old-space-size=200', ['--max-semi-space-size=8']],
    ['--max_old_space_size=200', ['--max-semi-space-size=8']],
    ['--max-old-space-size-percentage=50', ['--max-semi-space-size=8']],
    ['--max-heap-size=200', ['--max-semi-space-size=8']],
    ['--max-semi-space-size=64', ['--max-old-space-size=384']],
    ['--min_semi_space_size=64', ['--max-old-space-size=384']],
    ['--max-old-space-size=200 --max-semi-space-size=64', []],
  ])('are what somebody has set with %s', (options, left) => {
    vi.stubEnv('NODE_OPTIONS', options);
    expect(heapFlags(limits)).toEqual(left);
  });
});
