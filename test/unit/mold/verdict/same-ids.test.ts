import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import type { Load } from '../../../../src/mold/preload/load.ts';
import { whySameIds } from '../../../../src/mold/verdict/same-ids.ts';
import type { Suspect } from '../../../../src/sameness/draws/suspects.ts';
import { application, type Files } from '../../../support/application.ts';

/** Installs packages, given as manifests by path, and returns the application's directory. */
async function installed(packages: Record<string, object>, links: Files = {}): Promise<string> {
  const files = Object.entries(packages).flatMap(([path, manifest]) => [
    [`${path}/package.json`, manifest],
    [`${path}/index.js`, ''],
  ]);
  return application({ ...Object.fromEntries(files), ...links });
}

function load(name: string, directory: string, path = `node_modules/${name}`): Load {
  const url = pathToFileURL(join(directory, path, 'index.js')).href;
  return { name, specifier: name, how: 'require', from: join(directory, 'jobs.js'), url };
}

function suspect(name: string, directory: string, during?: string): Suspect {
  return { owner: { name, directory }, during, deed: 'reads process.pid' };
}

it('neither a suspect nor its direct and transitive dependents are shared', async () => {
  const app = await installed({
    'node_modules/ids': {},
    'node_modules/client': { dependencies: { ids: '1' } },
    'node_modules/queue': { optionalDependencies: { client: '1' } },
    'node_modules/plugin': { peerDependencies: { queue: '1', missing: '1' } },
    'node_modules/tested': { devDependencies: { ids: '1' } },
  });
  const loads = ['ids', 'client', 'queue', 'plugin', 'tested'].map((name) => load(name, app));
  const because = 'ids reads process.pid, so workers could make the same ids';
  expect(whySameIds([suspect('ids', join(app, 'node_modules/ids'))], loads)).toEqual(
    new Map(['ids', 'client', 'queue', 'plugin'].map((name) => [name, because])),
  );
});

it('a suspect without dependents is called "it"', async () => {
  const app = await installed({ 'node_modules/ids': {} });
  const suspects = [suspect('ids', join(app, 'node_modules/ids'))];
  expect([...whySameIds(suspects, [load('ids', app)]).values()]).toEqual([
    'it reads process.pid, so workers could make the same ids',
  ]);
});

it('a package that depends on another copy of the suspect is shared', async () => {
  const app = await installed({
    'node_modules/ids': {},
    'node_modules/old': { dependencies: { ids: '1' } },
    'node_modules/old/node_modules/ids': {},
    'node_modules/new': { dependencies: { ids: '2' } },
  });
  const loads = ['old', 'new'].map((name) => load(name, app));
  const suspects = [suspect('ids', join(app, 'node_modules/old/node_modules/ids'))];
  expect([...whySameIds(suspects, loads).keys()]).toEqual(['old']);
});

it('dependencies can be circular, and links, as with pnpm', async () => {
  const store = 'node_modules/.pnpm';
  const app = await installed(
    {
      [`${store}/ids@1/node_modules/ids`]: { dependencies: { client: '1' } },
      [`${store}/client@1/node_modules/client`]: { dependencies: { ids: '1' } },
    },
    {
      'node_modules/client': `-> ${store}/client@1/node_modules/client`,
      [`${store}/client@1/node_modules/ids`]: `-> ${store}/ids@1/node_modules/ids`,
      [`${store}/ids@1/node_modules/client`]: `-> ${store}/client@1/node_modules/client`,
    },
  );
  const suspects = [suspect('ids', join(app, store, 'ids@1/node_modules/ids'))];
  expect([...whySameIds(suspects, [load('client', app)]).keys()]).toEqual(['client']);
});

it('without a known dependent, the package that was being loaded is not shared', async () => {
  const app = await installed({ 'node_modules/ids': {}, 'node_modules/secret': {} });
  const suspects = [
    suspect('ids', join(app, 'node_modules/ids'), 'secret'),
    { ...suspect('x', ''), owner: { name: '/app/jobs.js', directory: undefined }, during: 'jobs' },
  ];
  expect([...whySameIds(suspects, [load('secret', app)]).keys()]).toEqual(['secret', 'jobs']);
});
