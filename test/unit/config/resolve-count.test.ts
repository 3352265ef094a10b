import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/config/errors.ts';
import { machine, sized } from '../../support/machine.ts';

/** The number of workers, and its origin. */
function countOf(environment: Record<string, string>, cores = 8): [count: number, origin: string] {
  const { count, origins } = sized(environment, machine(cores));
  return [count, origins.count];
}

describe('the number of workers', () => {
  it.each([
    [8, '8 cores'],
    [1, '1 core'],
  ])('is computed from the machine: %i on %s', (cores, origin) => {
    expect(countOf({}, cores)).toEqual([cores, origin]);
  });

  it.each([
    ['1', 1],
    ['4', 4],
    ['04', 4],
    [' 4 ', 4],
    ['2.5', 2],
    ['2.', 2],
    ['1000', 1000],
    ['1000.9', 1000],
  ])('with COUNT=%j is %i', (text, count) => {
    expect(countOf({ COUNT: text })).toEqual([count, 'COUNT']);
    expect(countOf({ SWARM_COUNT: text })).toEqual([count, 'SWARM_COUNT']);
  });

  it.each([
    ['0.5', 8, 4],
    ['.5', 8, 4],
    ['0.25', 8, 2],
    ['0.25', 2, 1],
    ['0.001', 8, 1],
    ['0.99', 8, 7],
    ['0.5', 1, 1],
  ])('below 1 is a fraction of the cores: COUNT=%s of %i cores is %i', (text, cores, count) => {
    expect(countOf({ COUNT: text }, cores)).toEqual([count, `COUNT: ${Number(text)} of ${cores} cores`]);
  });

  it('comes from SWARM_COUNT if both are set', () => {
    expect(countOf({ SWARM_COUNT: '2', COUNT: '3' })).toEqual([2, 'SWARM_COUNT']);
    expect(countOf({ SWARM_COUNT: '2', COUNT: 'abc' })).toEqual([2, 'SWARM_COUNT']);
  });

  it('comes from COUNT if SWARM_COUNT is empty', () => {
    expect(countOf({ SWARM_COUNT: '', COUNT: '3' })).toEqual([3, 'COUNT']);
    expect(countOf({ SWARM_COUNT: '  ', COUNT: '3' })).toEqual([3, 'COUNT']);
  });
});

describe('an invalid number of workers', () => {
  const BAD = ['abc', '0', '0.0', '-1', '1e9', '1001', 'NaN', 'Infinity', '1,5', '0x10', '+4', '4 5', '.', '٤', 'auto'];

  it.each(BAD.flatMap((text) => [['COUNT', text] as const, ['SWARM_COUNT', text] as const]))(
    'is refused with the variable, the value and what is allowed: %s=%s',
    (variable, text) => {
      const resolve = () => countOf({ [variable]: text });

      expect(resolve).toThrow(ConfigError);
      expect(resolve).toThrow(expect.objectContaining({ status: 78 }));
      expect(resolve).toThrow(
        `${variable}="${text}" is not a number of workers: give 1 to 1000, a fraction of the cores such as 0.5, ` +
          'or leave it unset to size from the dyno.',
      );
    },
  );

  it('in SWARM_COUNT does not fall back to COUNT', () => {
    expect(() => countOf({ SWARM_COUNT: 'abc', COUNT: '3' })).toThrow(/^SWARM_COUNT="abc"/);
  });
});
