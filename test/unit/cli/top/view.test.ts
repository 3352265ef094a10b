import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { press, type Room, START, type View } from '../../../../src/cli/top/view.ts';

const ROOM: Room = { workers: 50, page: 14 };

/** Returns the view after these keys. */
function viewAfter(keys: string, room = ROOM): View {
  return keys.split(' ').reduce((view, key) => press(view, key, room), START);
}

describe('scrolling', () => {
  it.each([
    ['down', 1],
    ['j', 1],
    ['down down up', 1],
    ['j j k', 1],
    ['pagedown', 14],
    ['pagedown pagedown pageup', 14],
    ['end', 36],
    ['pagedown pagedown pagedown', 36],
    ['end up', 35],
    ['end home', 0],
    ['up', 0],
    ['pageup', 0],
    ['x', 0],
    ['toString', 0],
  ])('%s leaves %i workers above', (keys, above) => {
    expect(viewAfter(keys)).toEqual({ ...START, above });
  });

  it('does nothing if all workers fit', () => {
    for (const keys of ['down', 'end', 'pagedown']) expect(viewAfter(keys, { workers: 5, page: 14 })).toEqual(START);
  });

  it('continues from the last page if there are fewer workers than before', () => {
    expect(press({ ...START, above: 36 }, 'up', { workers: 20, page: 14 }).above).toBe(5);
  });

  it('never goes beyond the workers, whatever keys are pressed', () => {
    const keys = fc.array(fc.constantFrom('up', 'down', 'j', 'k', 'pageup', 'pagedown', 'home', 'end', 's', 'r'));
    fc.assert(
      fc.property(keys, fc.nat(100), fc.integer({ min: 1, max: 60 }), (pressed, workers, page) => {
        const { above } = pressed.reduce((view, key) => press(view, key, { workers, page }), START);
        expect(above).toBeGreaterThanOrEqual(0);
        expect(above).toBeLessThanOrEqual(Math.max(0, workers - page));
      }),
    );
  });
});

describe('sorting', () => {
  it.each([
    ['s', 'memory'],
    ['s s', 'cpu'],
    ['s s s', 'restarts'],
    ['s s s s', 'slot'],
  ])('%s sorts by %s', (keys, sort) => {
    expect(viewAfter(keys)).toEqual({ ...START, sort });
  });

  it('is reversed by r, and restored by another r', () => {
    expect(viewAfter('s r')).toEqual({ sort: 'memory', reversed: true, above: 0 });
    expect(viewAfter('s r r')).toEqual({ sort: 'memory', reversed: false, above: 0 });
  });

  it('scrolls back to the first row', () => {
    expect(viewAfter('end s').above).toBe(0);
    expect(viewAfter('end r').above).toBe(0);
  });

  it('by another column starts in the natural direction', () => {
    expect(viewAfter('r s').reversed).toBe(false);
  });
});
