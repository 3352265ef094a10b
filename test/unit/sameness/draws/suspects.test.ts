import { describe, expect, it } from 'vitest';
import { type Draw, findSuspects, type Renewal } from '../../../../src/sameness/draws/suspects.ts';

const NOTHING: Renewal = { isPooled: () => false, files: new Set(), failed: new Set() };

/** @param files paths in node_modules, nearest first */
function draw(...files: string[]): Draw {
  const paths = files.map((file) => `/app/node_modules/${file}`);
  return { call: 'Math.random', files: paths, isWhole: true, during: 'asked-for' };
}

/** Returns each suspect as "owner deed". */
function suspects(draws: readonly Draw[], renewal: Partial<Renewal> = {}): string[] {
  return findSuspects(draws, { ...NOTHING, ...renewal }).map(({ owner, deed }) => `${owner.name} ${deed}`);
}

it('the suspect is the package whose loading led to the draw, whichever package drew', () => {
  expect(suspects([draw('dice/index.js'), draw('dice/index.js', 'middle/index.js', 'holder/lib/index.js')])).toEqual([
    'dice draws from Math.random',
    'holder draws from Math.random through dice',
  ]);
});

it('a package is named once for each load that draws through it', () => {
  const other = { ...draw('dice/index.js'), during: 'other' };
  expect(findSuspects([draw('dice/a.js'), draw('dice/b.js'), other], NOTHING).map(({ during }) => during)).toEqual([
    'asked-for',
    'other',
  ]);
});

it('two installed packages with the same name are distinguished', () => {
  const draws = [draw('dice/index.js'), draw('game/node_modules/dice/index.js')];
  expect(findSuspects(draws, NOTHING).map(({ owner }) => owner.directory)).toEqual([
    '/app/node_modules/dice',
    '/app/node_modules/game/node_modules/dice',
  ]);
});

it('a file that belongs to no package is named itself', () => {
  const files = ['/app/node_modules/uuid/v4.js', '/app/jobs.js'];
  expect(suspects([{ call: 'process.pid', files, isWhole: true, during: '/app/jobs.js' }])).toEqual([
    '/app/jobs.js reads process.pid through uuid',
  ]);
});

it('a renewed buffer clears the package that keeps it, but not those that receive something from it', () => {
  const renewal = { isPooled: () => true };
  expect(suspects([draw('pool/index.js')], renewal)).toEqual([]);
  expect(suspects([draw('pool/index.js', 'holder/index.js')], renewal)).toHaveLength(1);
  // The package that keeps it may be the caller of one that keeps nothing.
  expect(suspects([draw('random-bytes/index.js', 'pool/index.js')], renewal)).toEqual([]);
});

it('a package that keeps a pool is cleared, but not one that keeps an id made from it', () => {
  const renewal = { isPooled: () => true };
  expect(suspects([draw('nanoid/index.js')], renewal)).toEqual([]);
  expect(suspects([draw('nanoid/index.js', 'holder/index.js')], renewal)).toEqual([
    'holder draws from Math.random through nanoid',
  ]);
});

describe('a draw that a timer or a promise started', () => {
  const begun = (...files: string[]) => ({ ...draw(...files), isWhole: false });

  it('is blamed on the load if no other code is on the stack', () => {
    expect(suspects([begun()])).toEqual(['asked-for draws from Math.random']);
  });

  it('is blamed on the load if the code on the stack keeps nothing, but may have passed it on', () => {
    expect(suspects([begun('nanoid/index.js')])).toEqual(['asked-for draws from Math.random through nanoid']);
    expect(
      suspects([begun('nanoid/index.js')], { files: new Set(['/app/node_modules/nanoid/index.js']) }),
    ).toHaveLength(1);
  });

  it('is blamed on the code on the stack if that may have kept it', () => {
    expect(suspects([begun('nanoid/index.js', 'holder/index.js')])).toEqual([
      'holder draws from Math.random through nanoid',
    ]);
    expect(suspects([begun('pool/index.js')], { isPooled: () => true })).toEqual([]);
    expect(suspects([begun('signal-exit/index.js')])).toEqual([]);
  });
});

it('a package that is made to draw again is cleared, but not those that receive something from it', () => {
  const renewal = { files: new Set(['/app/node_modules/generator/state.js']) };
  expect(suspects([draw('generator/draw.js', 'generator/state.js')], renewal)).toEqual([]);
  expect(suspects([draw('generator/state.js', 'holder/index.js')], renewal)).toHaveLength(1);
});

it('a package whose draws are harmless clears those that call it', () => {
  const key = '@nestjs/common/decorators/http/create-route-param-metadata.decorator.js';
  expect(suspects([draw('random-bytes/index.js', key, 'application-of-nest/index.js')])).toEqual([]);
  // It does not clear those that it calls, which may keep something themselves.
  expect(suspects([draw('dice/index.js', key)])).toHaveLength(1);
});

it('what is known about some files of a package does not apply to others, nor to other draws', () => {
  expect(suspects([draw('uuid/lib/rng.js', 'uuid/v4.js')])).toEqual([]);
  expect(suspects([draw('uuid/lib/rng.js', 'uuid/v1.js')])).toHaveLength(1);
  expect(suspects([draw('core-js/internals/uid.js')])).toEqual([]);
  expect(suspects([{ ...draw('core-js/internals/uid.js'), call: 'process.pid' }])).toHaveLength(1);
});

it('a known package whose internals have changed is a suspect', () => {
  const failed = new Set(['/app/node_modules/nanoid/index.js']);
  expect(suspects([draw('nanoid/index.js')])).toEqual([]);
  expect(suspects([draw('nanoid/index.js')], { failed })).toHaveLength(1);
});

it('draws that could not be traced are blamed on the load', () => {
  expect(suspects([{ call: 'Math.random', files: [], isWhole: false, during: 'asked-for' }])).toEqual([
    'asked-for draws from Math.random',
  ]);
});
