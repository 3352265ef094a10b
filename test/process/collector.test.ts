import { describe, expect, test } from 'vitest';
import { Swarm } from '../support/swarm.ts';

// The mold collects all garbage before the fork. Workers must not see how.
describe('a worker has', () => {
  test.each([
    ['a gc() function if Node was started with --expose-gc', ['--expose-gc'], 'function'],
    ['no gc() function otherwise', [], 'undefined'],
  ])('%s', async (_what, flags, type) => {
    const swarm = new Swarm(['-r', './collector.cjs'], { env: { COUNT: '1' }, flags });
    expect(await swarm.heard('collector')).toEqual([`collector 0 ${type} ${type} ${type}`]);
  });

  test('one context, even for a debugger', async () => {
    const swarm = new Swarm(['-r', './collector.cjs'], { env: { COUNT: '1' } });
    expect(await swarm.heard('contexts')).toEqual(['contexts 0 1']);
  });
});
