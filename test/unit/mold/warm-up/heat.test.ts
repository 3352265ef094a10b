import { describe, expect, it } from 'vitest';
import { Heat } from '../../../../src/mold/warm-up/heat.ts';

/** The number of rounds until code is hot, if each takes this many milliseconds. */
function roundsUntilEnough(milliseconds: number, codeAfter: (round: number) => number): number {
  let round = 0;
  const heat = new Heat(() => codeAfter(round));
  do round += 1;
  while (!heat.isEnough(round * milliseconds) && round < 10_000);
  return round;
}

const SETTLED = () => 1_000_000;
const GROWING = (round: number) => 1_000_000 * 1.02 ** round;

describe('it is enough', () => {
  it('when the code has stopped growing', () => {
    // From the 25th round on. The look at the 40th sees no growth since the 30th.
    expect(roundsUntilEnough(20, (round) => GROWING(Math.min(round, 25)))).toBe(40);
  });

  it('never after one round, however long that takes: what it keeps shows in the second', () => {
    expect(roundsUntilEnough(60_000, SETTLED)).toBe(2);
  });

  it('when it has taken 2 s, though the code still grows', () => {
    expect(roundsUntilEnough(150, GROWING)).toBe(14);
  });

  it('after 100 rounds, though they take no time', () => {
    expect(roundsUntilEnough(0, GROWING)).toBe(100);
    expect(roundsUntilEnough(0, SETTLED)).toBe(100);
  });
});
