import { describe, expect, it } from 'vitest';
import { CATALOG } from '../../../../src/machine/heroku/catalog.ts';
import { findDynoType, machineLike, similarNames } from '../../../../src/machine/heroku/named.ts';

describe('a type of dyno', () => {
  it('is found by its name, however that is written', () => {
    for (const type of CATALOG) {
      expect(findDynoType(type.name)).toBe(type);
      expect(findDynoType(type.name.toUpperCase())).toBe(type);
    }
  });

  it.each(['', 'standard', 'performance', 'dyno-3c-8gb', 'standard-1x ', 'constructor'])(
    'is not found by %j',
    (name) => {
      expect(findDynoType(name)).toBeUndefined();
    },
  );

  it.each<[name: string, like: string]>([
    ['standard1x', 'standard-1x'],
    ['standrad-1x', 'standard-1x'],
    ['standard-3x', 'standard-2x'],
    ['perf-l', 'performance-l'],
    ['perfomance-l-ram', 'performance-l-ram'],
    ['dyno-4c-32', 'dyno-4c-32gb'],
    ['Shield', 'shield-s'],
  ])('%s is like %s', (name, like) => {
    expect(similarNames(name)).toContain(like);
  });

  it.each(['', 'x', 'frobnicate', 'hobby', '💥'])('%j is like none', (name) => {
    expect(similarNames(name)).toEqual([]);
  });

  it('is a machine with the least of what it may have', () => {
    const type = findDynoType('private-l-ram');
    expect(type && machineLike(type)).toMatchObject({ processes: { value: 16_384 }, limited: true, dynoTypes: [type] });
  });
});
