import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingAmong } from '../../../../src/mold/trace/missing.ts';
import { trace } from '../../../../src/mold/trace/trace.ts';
import { application, type Files, packages } from '../../../support/application.ts';

interface Surroundings {
  modules?: string[];
  preloads?: string[];
}

/** Returns what the modules need and is missing, each as "name in file". */
async function missing(files: Files, { modules = ['jobs.mjs'], preloads = [] }: Surroundings = {}): Promise<string[]> {
  const directory = await application({ 'package.json': { devDependencies: { lodash: '*' } }, ...files });
  const paths = modules.map((module) => join(directory, module));
  const found = missingAmong(trace(paths).unresolved, paths, preloads, directory);
  return found.map(({ name, file }) => `${name} in ${file}`);
}

const JOBS = { 'jobs.mjs': "import 'pg'; import 'lodash'; import 'zod'; import './lib/gone.js';", ...packages('pg') };

describe('missing', () => {
  it('is each package and file that is certainly imported and does not exist', async () => {
    expect(await missing(JOBS)).toEqual(['lodash in ./jobs.mjs', 'zod in ./jobs.mjs', './lib/gone.js in ./jobs.mjs']);
  });

  it('is also what other files of the application import', async () => {
    const files = { 'jobs.mjs': "import './lib/a.cjs';", 'lib/a.cjs': "require('zod/mini');" };
    expect(await missing(files)).toEqual(['zod/mini in ./lib/a.cjs']);
  });

  it('is an import in a `try` without a `catch`', async () => {
    const source = "try { require('zod') } finally { }";
    expect(await missing({ 'jobs.cjs': source }, { modules: ['jobs.cjs'] })).toEqual(['zod in ./jobs.cjs']);
  });

  it('comes with advice for each', async () => {
    const directory = await application({ 'jobs.mjs': "import 'zod'; import './gone.js';" });
    const modules = [join(directory, 'jobs.mjs')];
    expect(missingAmong(trace(modules).unresolved, modules, [], directory).map(({ advice }) => advice)).toEqual([
      'zod is not installed, and package.json does not name it: run npm install zod',
      './gone.js does not exist: build it, or correct the path',
    ]);
  });
});

describe('not missing', () => {
  it.each<[why: string, source: string]>([
    ['the application catches the error', "try { require('bufferutil') } catch { }"],
    ['the import may never run', "const later = () => require('pg-native'); if (process.argv[9]) require('later')"],
    ['a bundle may never run the import', "const all = { 7() { require('pg-native') } }; all[7]()"],
    ['it is a built-in module', "require('fs'); require('node:test')"],
    ['the buildpack provides it', "require('dyno-swarm')"],
    ['it is an entry of "imports"', "require('#lib')"],
  ])('is an import that does not resolve, if %s', async (_why, source) => {
    expect(await missing({ 'jobs.cjs': source }, { modules: ['jobs.cjs'] })).toEqual([]);
  });

  it('is an import that package.json does not name, if a hook may resolve it', async () => {
    const hook = { modules: ['node_modules/hook/index.js', 'jobs.mjs'] };
    expect(await missing({ ...JOBS, ...packages('hook') }, hook)).toEqual(['lodash in ./jobs.mjs']);
    expect(await missing(JOBS, { preloads: ['tsx'] })).toEqual(['lodash in ./jobs.mjs']);
  });

  it("is any import if packages are elsewhere (Yarn's Plug'n'Play)", async () => {
    expect(await missing(JOBS, { preloads: ['/app/.pnp.cjs'] })).toEqual([]);
  });
});
