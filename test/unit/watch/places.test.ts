import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { placesNamed, placesOf } from '../../../src/watch/places.ts';
import { application, type Files } from '../../support/application.ts';

/** Returns what swarm watches, relative to the application, when started in this directory with these modules. */
async function watched(files: Files, directory: string, ...modules: string[]): Promise<string[]> {
  const root = await application(files);
  const at = (path: string) => join(root, path);
  const places = placesOf({ directory: at(directory), modules: modules.map(at) });
  return places.map((place) => place.slice(root.length + 1));
}

const NAMED = { name: 'x' };

describe('for an application, swarm watches', () => {
  it('its package, whatever the working directory', async () => {
    const files = { 'app/package.json': NAMED, 'app/src/jobs.js': '' };
    expect(await watched(files, 'app', 'app/src/jobs.js')).toEqual(['app']);
    expect(await watched({ ...files, 'package.json': NAMED }, '.', 'app/src/jobs.js')).toEqual(['app']);
    expect(await watched({ ...files, 'elsewhere/x': '' }, 'elsewhere', 'app/src/jobs.js')).toEqual(['app']);
  });

  it('its package, not a directory whose package.json has no name', async () => {
    const files = { 'app/package.json': NAMED, 'app/dist/package.json': { type: 'commonjs' }, 'app/dist/jobs.js': '' };
    expect(await watched(files, 'app', 'app/dist/jobs.js')).toEqual(['app']);
    expect(await watched({ ...files, 'app/package.json': 'broken' }, 'app', 'app/dist/jobs.js')).toEqual(['app']);
  });

  it('the working directory if it has no package.json, and nothing above it', async () => {
    const files = { 'package.json': NAMED, 'app/lib/jobs.js': '' };
    expect(await watched(files, 'app', 'app/lib/jobs.js')).toEqual(['app']);
    expect(await watched(files, 'app')).toEqual(['app']);
  });

  it('no hook that is an installed package', async () => {
    const files = { 'app/package.json': NAMED, 'app/jobs.ts': '', 'app/node_modules/hook/package.json': NAMED };
    expect(await watched(files, 'app', 'app/node_modules/hook/register.js', 'app/jobs.ts')).toEqual(['app']);
    expect(await watched(files, 'app', 'app/node_modules/hook/register.js')).toEqual(['app']);
  });

  it('the package of each module, but none inside another', async () => {
    const files = { 'a/package.json': NAMED, 'a/sub/package.json': NAMED, 'b/package.json': NAMED };
    expect(await watched(files, '.', 'a/sub/x.js', 'b/x.js', 'a/y.js')).toEqual(['b', 'a']);
  });

  it('a package inside another, in a directory that the outer one ignores', async () => {
    const files = {
      'package.json': { name: 'app', dependencies: { lib: '*' } },
      '.yalc/lib/package.json': { name: 'lib' },
      'node_modules/lib': '-> .yalc/lib',
    };
    expect(await watched(files, '.', 'jobs.js')).toEqual(['', '.yalc/lib']);
  });

  it('its direct and transitive dependencies in its workspace', async () => {
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

describe('a path in SWARM_WATCH', () => {
  it('is the only one watched, and may be relative or absolute', async () => {
    const root = await application({ 'src/jobs.js': '', 'src/lib/x.js': '', 'config.yaml': '' });
    expect(placesNamed(['src', 'config.yaml', 'src/lib', './src'], root)).toEqual([
      join(root, 'src'),
      join(root, 'config.yaml'),
    ]);
    expect(placesNamed([join(root, 'src')], '/')).toEqual([join(root, 'src')]);
  });

  it('must exist', async () => {
    const root = await application({ file: '' });
    expect(() => placesNamed(['srcc'], root)).toThrow(`there is no ${root}/srcc`);
    expect(() => placesNamed(['file/below'], root)).toThrow(`${root}/file/below cannot be read (ENOTDIR)`);
  });
});
