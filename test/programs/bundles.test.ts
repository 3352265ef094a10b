import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { application } from '../support/application.ts';
import { Swarm } from '../support/swarm.ts';

const PACKAGES = join(import.meta.dirname, 'node_modules');

/** express is CommonJS and imports a hundred modules, some of them inside functions. */
const SOURCE =
  "import express from 'express'; import { jobs } from './lib.js'; export default () => void [express(), jobs];";

/** The banner that esbuild's documentation recommends for packages that call `require`. */
const REQUIRE = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';
const MODULES = ['--format=esm', '--out-extension:.js=.mjs', `--banner:js=${REQUIRE}`];

const FORMATS: Record<string, string[]> = {
  CommonJS: ['--format=cjs', '--out-extension:.js=.cjs'],
  'CommonJS, minified': ['--format=cjs', '--out-extension:.js=.cjs', '--minify'],
  'ES modules': MODULES,
  'ES modules in several files': [...MODULES, '--splitting'],
};

/** An application that esbuild has bundled into dist/. It runs without node_modules. */
async function bundled(options: readonly string[]): Promise<string> {
  const files = { 'src/jobs.js': SOURCE, 'src/other.js': SOURCE, 'src/lib.js': 'export const jobs = [];' };
  const directory = await application(files);
  const entries = ['src/jobs.js', 'src/other.js'];
  await execa(
    join(PACKAGES, '.bin/esbuild'),
    [...entries, '--bundle', '--platform=node', '--outdir=dist', ...options],
    {
      cwd: directory,
      env: { NODE_PATH: PACKAGES },
    },
  );
  return directory;
}

const ADVICE = /look like a bundle of \d+\.\d MB, which workers share with SWARM_PRELOAD_APP=1/;

describe.each(Object.entries(FORMATS))('a bundle of %s', (_name, options) => {
  test('is recognized by swarm plan, by swarm doctor and in the boot line', async () => {
    const cwd = await bundled(options);
    const env = { SWARM_MODE: 'fork', COUNT: '1' };
    for (const subcommand of ['plan', 'doctor']) {
      const asked = new Swarm([subcommand, '-r', './dist/jobs'], { cwd, env });
      expect(await asked.exited).toEqual({ code: 0, signal: null });
      expect(asked.lines.join('\n')).toMatch(ADVICE);
      expect(asked.lines.join('\n')).not.toContain('Warning');
    }
    const swarm = new Swarm(['-r', './dist/jobs'], { cwd, env });
    const boot = await swarm.event('boot');
    expect(boot.msg).toMatch(ADVICE);
    await swarm.event('worker.ready');
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
  });

  test('is shared with SWARM_PRELOAD_APP=1, without further advice', async () => {
    const cwd = await bundled(options);
    const swarm = new Swarm(['-r', './dist/jobs'], {
      cwd,
      env: { SWARM_MODE: 'fork', SWARM_PRELOAD_APP: '1', COUNT: '1' },
    });
    const boot = await swarm.event('boot');
    expect(boot.msg).not.toContain('bundle');
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
  });
});

test('an application that imports its packages is not taken for a bundle, however large it is', async () => {
  const filler = `export const rows = ${JSON.stringify(Array.from({ length: 30_000 }, (_, index) => `row ${index}`))};`;
  const cwd = await application({
    'jobs.mjs': "import 'pg'; import './rows.mjs';",
    'rows.mjs': filler,
    'node_modules/pg/index.js': '',
  });
  const plan = new Swarm(['plan', '-r', './jobs.mjs'], { cwd, env: { SWARM_MODE: 'fork' } });
  expect(await plan.exited).toEqual({ code: 0, signal: null });
  expect(plan.lines.join('\n')).not.toContain('bundle');
});
