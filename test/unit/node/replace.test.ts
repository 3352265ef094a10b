import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { replaceMethod } from '../../../src/node/replace.ts';

describe('replaceMethod', () => {
  it('installs a method that looks like the original, and returns the original', () => {
    const object = {
      add(this: { base: number }, a: number, b: number) {
        return this.base + a + b;
      },
      base: 1,
    };
    const original = object.add;

    const returned = replaceMethod<typeof object.add>(object, 'add', (add) => {
      return function (...args) {
        return -add.apply(this, args);
      };
    });

    expect(returned).toBe(original);
    expect(object.add(2, 3)).toBe(-6);
    expect([object.add.name, object.add.length]).toEqual(['add', 2]);
    expect(Object.keys(object)).toEqual(['add', 'base']);
  });

  it('does not make an inherited method enumerable', () => {
    const emitter = new EventEmitter();
    const before = Object.keys(emitter);

    replaceMethod<typeof emitter.emit>(
      emitter,
      'emit',
      (emit) =>
        (...args) =>
          emit.apply(emitter, args),
    );

    expect(Object.keys(emitter)).toEqual(before);
    expect(emitter.emit.length).toBe(EventEmitter.prototype.emit.length);
    expect(emitter.emit('unheard')).toBe(false);
  });
});
