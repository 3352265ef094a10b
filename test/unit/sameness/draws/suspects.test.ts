import { describe, expect, it } from 'vitest';
import { type Draw, findSuspects, type Renewal } from '../../../../src/sameness/draws/suspects.ts';

const NOTHING: Renewal = { isPooled: () => false, files: new Set(), failed: new Set() };

/** @param files in node_modules, the nearest first */
function draw(...files: string[]): Draw {
  const paths = files.map((file) => `/app/node_modules/${file}`);
  return { call: 'Math.random', files: paths, isWhole: true, during: 'asked-for' };
}

/** Each as "owner deed". */
function suspects(draws: readonly Draw[], renewal: Partial<Renewal> = {}): string[] {
  return findSuspects(draws, { ...NOTHING, ...renewal }).map(({ owner, deed }) => `${owner.name} ${deed}`);
}

it('whose loading has led to a draw is suspicious, whoever has drawn', () => {
  expect(suspects([draw('dice/index.js'), draw('dice/index.js', 'middle/index.js', 'holder/lib/index.js')])).toEqual([
    'dice draws from Math.random',
    'holder draws from Math.random through dice',
  ]);
});

it('a package is named once for each that it was loaded for', () => {
  const other = { ...draw('dice/index.js'), during: 'other' };
  expect(findSuspects([draw('dice/a.js'), draw('dice/b.js'), other], NOTHING).map(({ during }) => during)).toEqual([
    'asked-for',
    'other',
  ]);
});

it('an installed package is told from another of the same name', () => {
  const draws = [draw('dice/index.js'), draw('game/node_modules/dice/index.js')];
  expect(findSuspects(draws, NOTHING).map(({ owner }) => owner.directory)).toEqual([
    '/app/node_modules/dice',
    '/app/node_modules/game/node_modules/dice',
  ]);
});

it('a file that belongs to no package stands for itself', () => {
  const files = ['/app/node_modules/uuid/v4.js', '/app/jobs.js'];
  expect(suspects([{ call: 'process.pid', files, isWhole: true, during: '/app/jobs.js' }])).toEqual([
    '/app/jobs.js reads process.pid through uuid',
  ]);
});

it('a buffer that is renewed clears the one that keeps it, but not those that are given something of it', () => {
  const renewal = { isPooled: () => true };
  expect(suspects([draw('pool/index.js')], renewal)).toEqual([]);
  expect(suspects([draw('pool/index.js', 'holder/index.js')], renewal)).toHaveLength(1);
  // It may be kept by the one that has called a package which keeps nothing.
  expect(suspects([draw('random-bytes/index.js', 'pool/index.js')], renewal)).toEqual([]);
});

it('a package that keeps a pool has the use of it, and not the one that keeps an id which it has made', () => {
  const renewal = { isPooled: () => true };
  expect(suspects([draw('nanoid/index.js')], renewal)).toEqual([]);
  expect(suspects([draw('nanoid/index.js', 'holder/index.js')], renewal)).toEqual([
    'holder draws from Math.random through nanoid',
  ]);
});

describe('a draw that a timer or a promise has begun', () => {
  const begun = (...files: string[]) => ({ ...draw(...files), isWhole: false });

  it('goes back to a load where nobody else can be seen', () => {
    expect(suspects([begun()])).toEqual(['asked-for draws from Math.random']);
  });

  it('may have been given to somebody by those who keep nothing', () => {
    expect(suspects([begun('nanoid/index.js')])).toEqual(['asked-for draws from Math.random through nanoid']);
    expect(
      suspects([begun('nanoid/index.js')], { files: new Set(['/app/node_modules/nanoid/index.js']) }),
    ).toHaveLength(1);
  });

  it('stays with the one that was called', () => {
    expect(suspects([begun('nanoid/index.js', 'holder/index.js')])).toEqual([
      'holder draws from Math.random through nanoid',
    ]);
    expect(suspects([begun('pool/index.js')], { isPooled: () => true })).toEqual([]);
    expect(suspects([begun('signal-exit/index.js')])).toEqual([]);
  });
});

it('a package that is made to draw anew is cleared, but not those that are given something of it', () => {
  const renewal = { files: new Set(['/app/node_modules/generator/state.js']) };
  expect(suspects([draw('generator/draw.js', 'generator/state.js')], renewal)).toEqual([]);
  expect(suspects([draw('generator/state.js', 'holder/index.js')], renewal)).toHaveLength(1);
});

it('a package whose draws are harmless clears those that call it', () => {
  const key = '@nestjs/common/decorators/http/create-route-param-metadata.decorator.js';
  expect(suspects([draw('random-bytes/index.js', key, 'application-of-nest/index.js')])).toEqual([]);
  // Not those that it calls, which may keep something themselves.
  expect(suspects([draw('dice/index.js', key)])).toHaveLength(1);
});

it('what is known of some files of a package does not hold for others, nor for other draws', () => {
  expect(suspects([draw('uuid/lib/rng.js', 'uuid/v4.js')])).toEqual([]);
  expect(suspects([draw('uuid/lib/rng.js', 'uuid/v1.js')])).toHaveLength(1);
  expect(suspects([draw('core-js/internals/uid.js')])).toEqual([]);
  expect(suspects([{ ...draw('core-js/internals/uid.js'), call: 'process.pid' }])).toHaveLength(1);
});

it('a package that is not as it is known is suspicious', () => {
  const failed = new Set(['/app/node_modules/nanoid/index.js']);
  expect(suspects([draw('nanoid/index.js')])).toEqual([]);
  expect(suspects([draw('nanoid/index.js')], { failed })).toHaveLength(1);
});

it('draws that could not be followed are put down to what was asked for', () => {
  expect(suspects([{ call: 'Math.random', files: [], isWhole: false, during: 'asked-for' }])).toEqual([
    'asked-for draws from Math.random',
  ]);
});
