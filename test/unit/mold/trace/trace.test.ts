import { existsSync, readdirSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { trace } from '../../../../src/mold/trace/trace.ts';
import { application, type Files, packages, summary } from '../../../support/application.ts';

const MODULE = { type: 'module' };

/** Returns what the modules of an application import. The first file is the -r module by default. */
async function traced(files: Files, modules = Object.keys(files).slice(0, 1)): Promise<string[]> {
  const directory = await application(files);
  return summary(trace(modules.map((module) => join(directory, module))).loads, directory);
}

describe('the packages of a module', () => {
  it('are those that it imports, in order', async () => {
    const files = { 'jobs.mjs': "import 'zod'; import pg from 'pg'; export { a } from '@acme/mail';" };

    expect(await traced({ ...files, ...packages('pg', 'zod', '@acme/mail', 'unused') })).toEqual([
      'import zod = node_modules/zod/index.js',
      'import pg = node_modules/pg/index.js',
      'import @acme/mail = node_modules/@acme/mail/index.js',
    ]);
  });

  it('are found through application files of any kind, in execution order', async () => {
    const files = {
      'jobs.mjs': "import './lib/mail.cjs'; import 'last';",
      'lib/mail.cjs': "require('./store'); require('second');",
      'lib/store.js': "require('./folder'); require('./data.json');",
      'lib/folder/index.js': "require('first');",
      'lib/data.json': {},
    };

    expect(await traced({ ...files, ...packages('first', 'second', 'last') })).toEqual([
      'require first = node_modules/first/index.js',
      'require second = node_modules/second/index.js',
      'import last = node_modules/last/index.js',
    ]);
  });

  it('are resolved by directory: the same name may be another file or another package', async () => {
    const files = {
      'a/jobs.mjs': "import './store.mjs'; import 'pg'; import '../b/jobs.mjs';",
      'a/store.mjs': "import 'zod';",
      'b/jobs.mjs': "import './store.mjs'; import 'pg';",
      'b/store.mjs': "import 'yaml';",
      'b/node_modules/pg/index.js': '',
    };

    expect(await traced({ ...files, ...packages('pg', 'zod', 'yaml') })).toEqual([
      'import zod = node_modules/zod/index.js',
      'import pg = node_modules/pg/index.js',
      'import yaml = node_modules/yaml/index.js',
      'import pg = b/node_modules/pg/index.js',
    ]);
  });

  it('are loaded once, however many files import them', async () => {
    const files = {
      'a.mjs': "import pg from 'pg'; import './b.mjs';",
      'b.mjs': "import './a.mjs'; import pg from 'pg';",
      'c.mjs': "import pg from 'pg'; import zod from 'zod'; import './a.mjs';",
    };

    expect(await traced({ ...files, ...packages('pg', 'zod') }, ['a.mjs', 'c.mjs'])).toEqual([
      'import pg = node_modules/pg/index.js',
      'import zod = node_modules/zod/index.js',
    ]);
  });

  it('are not traced themselves', async () => {
    const files = { 'jobs.js': "require('pg');", 'node_modules/pg/index.js': "require('pg-pool');" };

    expect(await traced({ ...files, ...packages('pg-pool') })).toEqual(['require pg = node_modules/pg/index.js']);
  });

  it('are loaded twice if they have separate builds for import and require', async () => {
    const manifest = { exports: { import: './index.mjs', require: './index.cjs' } };
    const files = {
      'jobs.mjs': "import dual from 'dual'; import './more.cjs';",
      'more.cjs': "require('dual');",
      'node_modules/dual/package.json': manifest,
      'node_modules/dual/index.mjs': '',
      'node_modules/dual/index.cjs': '',
    };

    expect(await traced(files)).toEqual([
      'import dual = node_modules/dual/index.mjs',
      'require dual = node_modules/dual/index.cjs',
    ]);
  });

  it.each([
    ['module-sync', 'jobs.mjs', "import 'a'"],
    ['node-addons', 'jobs.mjs', "import 'a'"],
    ['node', 'jobs.cjs', "require('a')"],
  ])("are resolved under Node's conditions: %s", async (condition, file, source) => {
    const files = {
      [file]: source,
      'node_modules/a/package.json': { exports: { [condition]: './right.js', default: './wrong.js' } },
      'node_modules/a/right.js': '',
      'node_modules/a/wrong.js': '',
    };

    expect(await traced(files)).toEqual([expect.stringContaining('node_modules/a/right.js')]);
  });

  it('may be imported by subpath', async () => {
    const files = {
      'jobs.mjs': "import get from 'lodash/get.js'; import './more.cjs';",
      'more.cjs': "require('lodash/set'); require('@acme/mail/lib/send');",
      'node_modules/lodash/get.js': '',
      'node_modules/lodash/set.js': '',
      'node_modules/@acme/mail/lib/send.js': '',
    };

    expect(await traced(files)).toEqual([
      'import lodash/get.js = lodash: node_modules/lodash/get.js',
      'require lodash/set = lodash: node_modules/lodash/set.js',
      'require @acme/mail/lib/send = @acme/mail: node_modules/@acme/mail/lib/send.js',
    ]);
  });

  it('include built-in modules, each once, by its full name', async () => {
    const files = { 'jobs.mjs': "import 'http'; import 'node:http'; import './b.cjs';", 'b.cjs': "require('http');" };

    expect(await traced(files)).toEqual(['import http = node:http: node:http']);
  });

  it.each([
    ['a function', 'jobs.cjs', "exports.run = () => require('pg');"],
    ['a dynamic import', 'jobs.mjs', "export const run = () => import('pg');"],
  ])('are not those of %s, which imports them later', async (_what, file, source) => {
    expect(await traced({ [file]: source, ...packages('pg') })).toEqual([]);
  });
});

describe('a file of the application', () => {
  it.each<[what: string, files: Files]>([
    ['an alias', { 'jobs.mjs': "import '#lib/b.mjs';", 'package.json': { imports: { '#lib/*': './lib/*' } } }],
    [
      "the application's name",
      { 'jobs.mjs': "import 'app/b';", 'package.json': { name: 'app', exports: { './b': './lib/b.mjs' } } },
    ],
    [
      "the application's name, in CommonJS",
      { 'jobs.cjs': "require('app/b');", 'package.json': { name: 'app', exports: { './b': './lib/b.mjs' } } },
    ],
    ['a path with an escape', { 'jobs.mjs': "import './lib/%62.mjs';" }],
    ['a symbolic link', { 'jobs.mjs': "import './link.mjs';", 'link.mjs': '-> lib/b.mjs' }],
    ['a workspace package', { 'jobs.mjs': "import '@acme/b/b.mjs';", 'node_modules/@acme/b': '-> lib' }],
    ['require() of an ES module', { 'jobs.cjs': "require('./lib/b.mjs');" }],
    ['a name without extension, for loaders', { 'jobs.mjs': "import './lib/c';", 'lib/c.js': "import './b.mjs'" }],
  ])('is traced through %s', async (_what, files) => {
    const rest = { 'lib/b.mjs': "import 'pg';", ...packages('pg') };

    expect(await traced({ ...files, ...rest })).toEqual(['import pg = node_modules/pg/index.js']);
  });

  it('may be in a package, if that contains the module itself', async () => {
    const files = {
      'node_modules/@acme/jobs/index.mjs': "import './lib/a.mjs'; import 'mail';",
      'node_modules/@acme/jobs/lib/a.mjs': "import 'pg';",
      'node_modules/mail/index.js': "require('pg');",
    };

    expect(await traced({ ...files, ...packages('pg') })).toEqual([
      'import pg = node_modules/pg/index.js',
      'import mail = node_modules/mail/index.js',
    ]);
  });

  it('is resolved from its real directory if the module is a symbolic link', async () => {
    const files = {
      'jobs.mjs': '-> app/src/jobs.mjs',
      'app/src/jobs.mjs': "import './mail.mjs';",
      'app/src/mail.mjs': "import 'pg';",
      'app/node_modules/pg/index.js': '',
    };

    expect(await traced(files)).toEqual(['import pg = app/node_modules/pg/index.js']);
  });

  it('can import a package by an alias', async () => {
    const files = {
      'jobs.mjs': "import '#store';",
      'package.json': { imports: { '#store': { node: 'pg', default: './browser.js' } } },
    };

    expect(await traced({ ...files, ...packages('pg') })).toEqual(['import #store = pg: node_modules/pg/index.js']);
  });
});

describe('what cannot be traced', () => {
  it.each<[what: string, files: Files]>([
    ['a module that does not exist', {}],
    ['a file that does not exist', { 'jobs.mjs': "import './missing.mjs'; import 'pg';" }],
    ['a package that is not installed', { 'jobs.cjs': "require('missing'); require('pg');" }],
    ['a file that does not parse', { 'jobs.mjs': "import './broken.mjs'; import 'pg';", 'broken.mjs': 'import {' }],
    [
      'a file that is not JavaScript',
      { 'jobs.cjs': "require('./a.node'); require('./b.json'); require('pg');", 'a.node': '{', 'b.json': '{' },
    ],
    ['a URL', { 'jobs.mjs': "import 'data:text/javascript,0'; import 'https://example.com/a.js'; import 'pg';" }],
    [
      'an export that does not exist',
      { 'jobs.mjs': "import 'a/b'; import 'pg';", 'node_modules/a/package.json': { exports: {} } },
    ],
  ])('is left to the worker: %s', async (what, files) => {
    const loads = await traced({ ...files, ...packages('pg') }, [Object.keys(files)[0] ?? 'jobs.mjs']);

    expect(loads.map((load) => load.split(' ')[1])).toEqual(what.startsWith('a module') ? [] : ['pg']);
  });

  it('causes no warning', async () => {
    const warned = vi.spyOn(process, 'emitWarning');
    onTestFinished(() => warned.mockRestore());
    const files = { 'jobs.mjs': "import 'a';", 'node_modules/a/package.json': { main: './lib' } };

    // Node has a deprecation warning for this, which it shows only on request.
    expect(await traced({ ...files, 'node_modules/a/lib.js': '' })).toEqual(['import a = node_modules/a/lib.js']);
    expect(warned).not.toHaveBeenCalled();
    expect(process.emitWarning).toBe(warned);
  });
});

describe('TypeScript', () => {
  const node = typeScriptNode();

  it.skipIf(node === undefined)('is traced if Node runs it (needs Node 22.18 or later)', async () => {
    const directory = await application({
      'package.json': MODULE,
      'jobs.ts': "import type { A } from 'types';\nimport { b, type B } from './b.ts';\nexport const a: A = b as B;",
      'b.ts': 'export type B = string;\nexport const b = 1;',
      'c.mts':
        "import type { D } from './d.cts';\nimport { type E } from 'e';\nimport { F } from './f.js';\nenum G { H }",
      'd.cts': "require('types');",
      'f.ts': "const g: string = 'g';\nimport g2 from 'g';",
      'h.cts': "const h: typeof import('h') = require('h');",
      ...packages('types', 'e', 'g', 'h'),
    });
    const script = `
      import { trace } from ${JSON.stringify(new URL('../../../../dist/mold/trace/trace.js', import.meta.url).href)};
      console.log(JSON.stringify(trace(${JSON.stringify(['jobs.ts', 'c.mts', 'h.cts'].map((file) => join(directory, file)))}).loads));
    `;
    const { stdout, stderr } = await execa(node ?? '', ['--input-type=module', '--eval', script]);

    expect(summary(JSON.parse(stdout), directory)).toEqual([
      'import e = node_modules/e/index.js',
      'import g = node_modules/g/index.js',
      'require h = node_modules/h/index.js',
    ]);
    expect(stderr).toBe('');
  });
});

/** Returns a Node that can strip types: this one, or one that test/support/nodes.sh has installed. */
function typeScriptNode(): string | undefined {
  if ('stripTypeScriptTypes' in nodeModule) return process.execPath;
  const cache = fileURLToPath(new URL('../../../.cache', import.meta.url));
  const installed = existsSync(cache) ? readdirSync(cache).filter((name) => /^node-2[2-9]$/.test(name)) : [];
  const binary = `node_modules/node-${process.platform}-${process.arch}/bin/node`;
  return installed.map((name) => join(cache, name, binary)).find((path) => existsSync(path));
}
