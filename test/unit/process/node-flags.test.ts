import { afterEach, describe, expect, it, vi } from 'vitest';
import { moldFlags } from '../../../src/process/node-flags.ts';

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
