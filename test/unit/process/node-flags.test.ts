import { afterEach, describe, expect, it, vi } from 'vitest';
import { moldFlags } from '../../../src/process/node-flags.ts';

const ALL = ['--max-semi-space-size=8', '--heap-growing-percent=50', '--no-flush-bytecode', '--no-memory-reducer'];

describe('the flags of a mold', () => {
  const { execArgv } = process;
  afterEach(() => {
    vi.unstubAllEnvs();
    process.execArgv = execArgv;
  });

  it('keep what its workers do not share small', () => {
    vi.stubEnv('NODE_OPTIONS', '--enable-source-maps');
    expect(moldFlags()).toEqual(ALL);
  });

  it.each([
    ['--max-semi-space-size=64', ALL[0]],
    ['--max_semi_space_size=64', ALL[0]],
    ['--min-semi-space-size=16', ALL[0]],
  ])('leave the young generation to %s in NODE_OPTIONS', (options, dropped) => {
    vi.stubEnv('NODE_OPTIONS', options);
    expect(moldFlags()).toEqual(ALL.filter((flag) => flag !== dropped));
  });

  it.each([
    ['--semi-space-size=32', ALL[0]],
    ['--heap_growing_percent=20', ALL[1]],
    ['--flush-bytecode', ALL[2]],
    ['--no-flush-bytecode', ALL[2]],
    ['--memory-reducer', ALL[3]],
  ])("leave to Node's own command line what %s says", (given, dropped) => {
    process.execArgv = [given];
    expect(moldFlags()).toEqual(ALL.filter((flag) => flag !== dropped));
  });
});
