import { describe, expect, it } from 'vitest';
import { Heat } from '../../../../src/mold/warm-up/heat.ts';

/** Returns the number of rounds until it is enough, if each round takes this many milliseconds. */
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
    // It stops growing at round 25. The measurement after round 40 shows no growth since round 30.
    expect(roundsUntilEnough(20, (round) => GROWING(Math.min(round, 25)))).toBe(40);
  });

  it('never after one round, however long: only a second shows what the first has kept', () => {
    expect(roundsUntilEnough(60_000, SETTLED)).toBe(2);
  });

  it('after 2 s, even if the code is still growing', () => {
    expect(roundsUntilEnough(150, GROWING)).toBe(14);
  });

  it('after 100 rounds, even if they take no time', () => {
    expect(roundsUntilEnough(0, GROWING)).toBe(100);
    expect(roundsUntilEnough(0, SETTLED)).toBe(100);
  });
});
