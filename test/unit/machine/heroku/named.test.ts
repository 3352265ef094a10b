import { describe, expect, it } from 'vitest';
import { CATALOG } from '../../../../src/machine/heroku/catalog.ts';
import { findDynoType, machineLike } from '../../../../src/machine/heroku/named.ts';

describe('a type of dyno', () => {
  it('is found by its name in upper or lower case', () => {
    for (const type of CATALOG) {
      expect(findDynoType(type.name)).toBe(type);
      expect(findDynoType(type.name.toUpperCase())).toBe(type);
    }
  });

  it.each(['', 'standard', 'standard1x', 'perf-l', 'dyno-3c-8gb', 'standard-1x ', 'constructor'])(
    'is not found by %j',
    (name) => {
      expect(findDynoType(name)).toBeUndefined();
    },
  );

  it('is a machine with the lowest of its possible limits', () => {
    const type = findDynoType('private-l-ram');
    expect(type && machineLike(type)).toMatchObject({ processes: { value: 16_384 }, limited: true, dynoTypes: [type] });
  });
});
