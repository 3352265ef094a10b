import { describe, expect, test } from 'vitest';
import { Swarm } from '../support/swarm.ts';

// Before the fork, all garbage is collected. Of how that is done, nothing must be left.
describe('in a worker there is', () => {
  test.each([
    ['a function to collect garbage where Node was started with --expose-gc', ['--expose-gc'], 'function'],
    ['none elsewhere', [], 'undefined'],
  ])('%s', async (_what, flags, type) => {
    const swarm = new Swarm(['-r', './collector.cjs'], { env: { COUNT: '1' }, flags });
    expect(await swarm.heard('collector')).toEqual([`collector 0 ${type} ${type} ${type}`]);
  });

  test('one context, for a debugger too', async () => {
    const swarm = new Swarm(['-r', './collector.cjs'], { env: { COUNT: '1' } });
    expect(await swarm.heard('contexts')).toEqual(['contexts 0 1']);
  });
});
