import { describe, expect, it } from 'vitest';
import { Observation } from '../../../src/node/observation.ts';

describe('an observed function', () => {
  it('reports its calls, with the function that was called', () => {
    const calls: unknown[] = [];
    const object = { double: (value: number) => value * 2 };
    new Observation().observe(object, 'double', (proceed, self, args, callee) => {
      calls.push([self === object, args, callee === object.double]);
      return proceed();
    });
    expect(object.double(21)).toBe(42);
    expect(calls).toEqual([[true, [21], true]]);
  });

  it('can still be constructed and extended', () => {
    class Base {
      readonly made: string;
      constructor() {
        this.made = new.target.name;
      }
    }
    const holder = { Base };
    new Observation().observe(holder, 'Base', (proceed) => proceed());
    class Derived extends holder.Base {}
    expect([new holder.Base().made, new Derived().made, new Derived() instanceof Base]).toEqual([
      'Base',
      'Derived',
      true,
    ]);
  });

  it('only passes calls on once the observation has ended', () => {
    const calls: unknown[] = [];
    class Base {}
    const object = { triple: (value: number) => value * 3, Base };
    const original = object.triple;
    const observation = new Observation();
    for (const name of ['triple', 'Base']) {
      observation.observe(object, name, (proceed) => {
        calls.push(name);
        return proceed();
      });
    }
    const { triple, Base: Kept } = object;
    observation.end();
    expect([triple(2), new Kept() instanceof Base, calls]).toEqual([6, true, []]);
    expect(object.triple).toBe(original);
  });
});

it('a function that cannot be replaced is left alone', () => {
  const object = Object.freeze({ call: () => 1 });
  const observation = new Observation();
  expect(observation.observe(object, 'call', () => 2)).toBe(false);
  expect(observation.observe(object, 'missing', () => 2)).toBe(false);
  expect(object.call()).toBe(1);
});
