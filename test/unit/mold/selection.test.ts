import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { survey } from '../../../src/mold/selection.ts';
import type { Selection } from '../../../src/protocol/assignment.ts';
import { application, type Files, packages, summary } from '../../support/application.ts';

/** Returns what is selected for an application with one module, jobs.mjs or jobs.cjs. */
async function selected(selection: Selection, files: Files, directory = ''): Promise<string[]> {
  const root = await application(files);
  const modules = Object.keys(files).filter((path) => /^jobs\./.test(path));
  const { loads } = survey(
    selection,
    modules.map((module) => join(root, module)),
    join(root, directory),
  );
  return summary(loads, root);
}

const DUAL = {
  'node_modules/dual/package.json': { exports: { import: './index.mjs', require: './index.cjs' } },
  'node_modules/dual/index.mjs': '',
  'node_modules/dual/index.cjs': '',
};

describe('auto', () => {
  it('selects what the modules import', async () => {
    const files = { 'jobs.mjs': "import 'pg';", 'package.json': { dependencies: { zod: '*' } } };

    expect(await selected('auto', { ...files, ...packages('pg', 'zod') })).toEqual([
      'import pg = node_modules/pg/index.js',
    ]);
  });
});

describe('a list that contains auto', () => {
  it('selects what it names, and in the place of auto what the modules import', async () => {
    const files = { 'jobs.mjs': "import './lib/setup.js'; import 'pg';", 'lib/setup.js': "require('zod');" };

    expect(await selected(['./lib/setup.js', 'auto', 'mail'], { ...files, ...packages('pg', 'zod', 'mail') })).toEqual([
      'import ./lib/setup.js = lib/setup.js',
      'require zod = node_modules/zod/index.js',
      'import pg = node_modules/pg/index.js',
      'import mail = node_modules/mail/index.js',
    ]);
  });
});

describe('default', () => {
  it('begins with agents, because the order in package.json means nothing', async () => {
    const manifest = { dependencies: { express: '*', sentry: '*', pg: '*' } };
    const agent = { 'node_modules/sentry/package.json': { dependencies: { 'import-in-the-middle': '*' } } };
    const all = packages('express', 'sentry', 'pg', 'import-in-the-middle');
    const machinery = { 'node_modules/import-in-the-middle/package.json': {} };

    expect(await selected('default', { 'package.json': manifest, ...agent, ...machinery, ...all })).toEqual([
      'import sentry = node_modules/sentry/index.js',
      'import express = node_modules/express/index.js',
      'import pg = node_modules/pg/index.js',
    ]);
  });

  it('selects the production dependencies of the nearest package.json', async () => {
    const manifest = {
      dependencies: { pg: '*', '@acme/mail': '*' },
      optionalDependencies: { sharp: '*', missing: '*' },
      devDependencies: { vitest: '*' },
      peerDependencies: { react: '*' },
    };
    const files = { 'package.json': { dependencies: { far: '*' } }, 'apps/jobs/package.json': manifest };
    const all = packages('pg', '@acme/mail', 'sharp', 'vitest', 'react', 'far');

    expect(await selected('default', { ...files, ...all }, 'apps/jobs')).toEqual([
      'import pg = node_modules/pg/index.js',
      'import @acme/mail = node_modules/@acme/mail/index.js',
      'import sharp = node_modules/sharp/index.js',
    ]);
    expect(await selected('default', { ...files, ...all }, 'apps')).toEqual(['import far = node_modules/far/index.js']);
  });

  it.each<[what: string, files: Files]>([
    [
      'only types',
      { 'node_modules/a/index.d.ts': '', 'node_modules/a/package.json': { types: 'index.d.ts', main: '' } },
    ],
    [
      'only types, by exports',
      { 'node_modules/a/index.d.ts': '', 'node_modules/a/package.json': { exports: { types: './index.d.ts' } } },
    ],
    ['only a command', { 'node_modules/a/cli.js': '', 'node_modules/a/package.json': { bin: 'cli.js' } }],
    ['a style sheet', { 'node_modules/a/a.css': '', 'node_modules/a/package.json': { main: 'a.css' } }],
    [
      'subpaths, but no main',
      { 'node_modules/a/b.js': '', 'node_modules/a/package.json': { exports: { './b': './b.js' } } },
    ],
    ['no files, because it is not installed', {}],
  ])('omits a package with %s', async (_what, files) => {
    const rest = { 'package.json': { dependencies: { a: '*', pg: '*' } }, ...packages('pg') };

    expect(await selected('default', { ...files, ...rest })).toEqual(['import pg = node_modules/pg/index.js']);
  });

  it.each<[what: string, files: Files]>([
    ['without dependencies', { 'package.json': {} }],
    ['that does not parse', { 'package.json': '{' }],
  ])('selects nothing from a package.json %s', async (_what, files) => {
    expect(await selected('default', files)).toEqual([]);
  });
});

describe('a list', () => {
  it('selects exactly what it names, in order: packages, subpaths, built-in modules, files', async () => {
    const names = ['zod', 'lodash/get.js', 'lodash/set', 'node:http', './lib/mail.cjs', 'lib/store', '@acme/mail'];
    const files = {
      'lib/mail.cjs': '',
      'lib/store.js': '',
      'node_modules/lodash/get.js': '',
      'node_modules/lodash/set.js': '',
      'jobs.mjs': "import 'pg';",
      ...packages('zod', '@acme/mail', 'pg'),
    };

    expect(await selected(names, files)).toEqual([
      'import zod = node_modules/zod/index.js',
      'import lodash/get.js = lodash: node_modules/lodash/get.js',
      // Only `require` finds this.
      'require lodash/set = lodash: node_modules/lodash/set.js',
      'import node:http = node:http',
      'import ./lib/mail.cjs = lib/mail.cjs',
      'import lib/store = lib/store.js',
      'import @acme/mail = node_modules/@acme/mail/index.js',
    ]);
  });

  it.each<[what: string, files: Files, loads: string[]]>([
    [
      'imports it',
      { 'jobs.mjs': "import 'dual'; import './b.cjs';", 'b.cjs': "require('pg');" },
      ['import dual = node_modules/dual/index.mjs'],
    ],
    [
      'requires it',
      { 'jobs.mjs': "import 'pg'; import './b.cjs';", 'b.cjs': "require('dual');" },
      ['require dual = node_modules/dual/index.cjs'],
    ],
    [
      'does both',
      { 'jobs.mjs': "import 'dual'; import './b.cjs';", 'b.cjs': "require('dual');" },
      ['import dual = node_modules/dual/index.mjs', 'require dual = node_modules/dual/index.cjs'],
    ],
    [
      'requires everything else',
      {
        'jobs.mjs': "import 'http'; import './b.cjs';",
        'b.cjs': "require('pg'); exports.run = () => require('dual');",
      },
      ['require dual = node_modules/dual/index.cjs'],
    ],
    ['imports everything else', { 'jobs.mjs': "import 'pg';" }, ['import dual = node_modules/dual/index.mjs']],
    ['imports nothing', { 'jobs.cjs': '' }, ['import dual = node_modules/dual/index.mjs']],
  ])('is loaded as by an application that %s', async (_what, files, loads) => {
    expect(await selected(['dual'], { ...files, ...DUAL, ...packages('pg') })).toEqual(loads);
    const manifest = { 'package.json': { dependencies: { dual: '*' } } };
    expect(await selected('default', { ...files, ...DUAL, ...packages('pg'), ...manifest })).toEqual(loads);
  });

  it('keeps names that do not resolve, because loading them reports the error', async () => {
    expect(await selected(['missing', './missing.js'], {})).toEqual(['import missing = ', 'import ./missing.js = ']);
  });

  it('can be empty', async () => {
    expect(await selected([], { 'jobs.mjs': "import 'pg';", ...packages('pg') })).toEqual([]);
  });
});

describe('a bundle', () => {
  const CODE = `export const rows = ${JSON.stringify(Array.from({ length: 20_000 }, (_, row) => `row ${row}`))};`;

  async function bundleIn(files: Files): Promise<number | undefined> {
    const root = await application(files);
    return survey('auto', [join(root, 'jobs.mjs')], root).bundle;
  }

  it('is a lot of code that imports no package except swarm, in one file or several', async () => {
    expect(await bundleIn({ 'jobs.mjs': CODE })).toBe(CODE.length);
    const first = "import 'node:fs'; import './chunk.mjs'; import 'dyno-swarm';";
    expect(await bundleIn({ 'jobs.mjs': first, 'chunk.mjs': CODE })).toBe(first.length + CODE.length);
    expect(await bundleIn({ 'jobs.mjs': first, 'chunk.mjs': CODE, ...packages('dyno-swarm') })).toBeGreaterThan(0);
  });

  it.each<[what: string, files: Files]>([
    ['a little code', { 'jobs.mjs': 'export const rows = [];' }],
    ['code that imports a package', { 'jobs.mjs': `import 'pg'; ${CODE}`, ...packages('pg') }],
    ['code that imports a package that is not installed', { 'jobs.mjs': `import 'pg'; ${CODE}` }],
    [
      'a little code with a lot of data',
      { 'jobs.mjs': "import rows from './rows.json' with { type: 'json' };", 'rows.json': CODE },
    ],
  ])('is not %s', async (_what, files) => {
    expect(await bundleIn(files)).toBeUndefined();
  });
});
