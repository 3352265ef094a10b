import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { placesNamed, placesOf } from '../../../src/watch/places.ts';
import { application, type Files } from '../../support/application.ts';

/** What is watched of an application, relative to it, when it is started in this directory with these modules. */
async function watched(files: Files, directory: string, ...modules: string[]): Promise<string[]> {
  const root = await application(files);
  const at = (path: string) => join(root, path);
  const places = placesOf({ directory: at(directory), modules: modules.map(at) });
  return places.map((place) => place.slice(root.length + 1));
}

const NAMED = { name: 'x' };

describe('of an application', () => {
  it('its package is watched, wherever it was started', async () => {
    const files = { 'app/package.json': NAMED, 'app/src/jobs.js': '' };
    expect(await watched(files, 'app', 'app/src/jobs.js')).toEqual(['app']);
    expect(await watched({ ...files, 'package.json': NAMED }, '.', 'app/src/jobs.js')).toEqual(['app']);
    expect(await watched({ ...files, 'elsewhere/x': '' }, 'elsewhere', 'app/src/jobs.js')).toEqual(['app']);
  });

  it('a package.json without a name is none', async () => {
    const files = { 'app/package.json': NAMED, 'app/dist/package.json': { type: 'commonjs' }, 'app/dist/jobs.js': '' };
    expect(await watched(files, 'app', 'app/dist/jobs.js')).toEqual(['app']);
    expect(await watched({ ...files, 'app/package.json': 'broken' }, 'app', 'app/dist/jobs.js')).toEqual(['app']);
  });

  it('the working directory is watched where there is no package.json, and nothing above it', async () => {
    const files = { 'package.json': NAMED, 'app/lib/jobs.js': '' };
    expect(await watched(files, 'app', 'app/lib/jobs.js')).toEqual(['app']);
    expect(await watched(files, 'app')).toEqual(['app']);
  });

  it('a hook that is a package does not count', async () => {
    const files = { 'app/package.json': NAMED, 'app/jobs.ts': '', 'app/node_modules/hook/package.json': NAMED };
    expect(await watched(files, 'app', 'app/node_modules/hook/register.js', 'app/jobs.ts')).toEqual(['app']);
    expect(await watched(files, 'app', 'app/node_modules/hook/register.js')).toEqual(['app']);
  });

  it('each of several modules counts, and what is inside of something else does not count twice', async () => {
    const files = { 'a/package.json': NAMED, 'a/sub/package.json': NAMED, 'b/package.json': NAMED };
    expect(await watched(files, '.', 'a/sub/x.js', 'b/x.js', 'a/y.js')).toEqual(['b', 'a']);
  });

  it('what is inside counts all the same where the outer one does not look', async () => {
    const files = {
      'package.json': { name: 'app', dependencies: { lib: '*' } },
      '.yalc/lib/package.json': { name: 'lib' },
      'node_modules/lib': '-> .yalc/lib',
    };
    expect(await watched(files, '.', 'jobs.js')).toEqual(['', '.yalc/lib']);
  });

  it('packages of its workspace that it depends on are watched as well, and those that they depend on', async () => {
    const files = {
      'package.json': { workspaces: ['packages/*'] },
      'packages/web/package.json': { name: 'web', dependencies: { '@acme/db': '*', pg: '*', gone: '*' } },
      'packages/web/jobs.js': '',
      'packages/db/package.json': { name: '@acme/db', devDependencies: { kit: '*', web: '*' } },
      'packages/kit/package.json': { name: 'kit' },
      'packages/unused/package.json': { name: 'unused' },
      'node_modules/.pnpm/pg/package.json': { name: 'pg' },
      'node_modules/pg': '-> node_modules/.pnpm/pg',
      'node_modules/@acme/db': '-> packages/db',
      'node_modules/unused': '-> packages/unused',
      'packages/db/node_modules/kit': '-> packages/kit',
      'packages/db/node_modules/web': '-> packages/web',
    };
    const places = ['packages/web', 'packages/db', 'packages/kit'];
    expect(await watched(files, 'packages/web', 'packages/web/jobs.js')).toEqual(places);
    expect(await watched(files, '.', 'packages/web/jobs.js')).toEqual(places);
  });
});

describe('what somebody has named', () => {
  it('is watched alone, relative to the working directory or not', async () => {
    const root = await application({ 'src/jobs.js': '', 'src/lib/x.js': '', 'config.yaml': '' });
    expect(placesNamed(['src', 'config.yaml', 'src/lib', './src'], root)).toEqual([
      join(root, 'src'),
      join(root, 'config.yaml'),
    ]);
    expect(placesNamed([join(root, 'src')], '/')).toEqual([join(root, 'src')]);
  });

  it('has to be there', async () => {
    const root = await application({ file: '' });
    expect(() => placesNamed(['srcc'], root)).toThrow(`there is no ${root}/srcc`);
    expect(() => placesNamed(['file/below'], root)).toThrow(`${root}/file/below cannot be read (ENOTDIR)`);
  });
});
