import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { application, type Files } from '../support/application.ts';
import { NODE, Swarm } from '../support/swarm.ts';

/** Prints what a program can find out about its start. In a swarm it keeps running. */
const REPORT = `
console.log('started', JSON.stringify(report));
if (process.env.SWARM_SLOT !== undefined) setInterval(() => {}, 1000);
`;

const COMMONJS = `
const report = {
  argv: process.argv,
  isMain: require.main === module,
  main: require.main?.filename,
  process: process.mainModule === module,
  require: module.require.main === module,
  id: module.id,
  parent: module.parent,
  package: require('package').main,
};
${REPORT}`;

const MODULE = `
import package_ from 'package';
const report = { argv: process.argv, isMain: import.meta.main, package: package_.main, url: import.meta.url };
${REPORT}`;

/** Looks up the main module while it loads, as many packages do. It is loaded before the fork. */
const PACKAGE = { 'node_modules/package/index.js': 'exports.main = require.main?.filename;' };

/** A require hook that compiles a syntax that is neither JavaScript nor TypeScript. */
const HOOK = {
  'node_modules/hook/index.js': `
const compile = (source) => source.replaceAll('::', ':').replace(/import (\\w+) from ('.*')/, 'const $1 = require($2)');
for (const extension of ['.js', '.ts', '.hooked']) {
  const earlier = require.extensions[extension] ?? require.extensions['.js'];
  require.extensions[extension] = (module, filename) => {
    const { _compile } = module;
    if (!filename.includes('node_modules')) {
      module._compile = (source, name) => _compile.call(module, compile(source), name);
    }
    return earlier(module, filename);
  };
}`,
};

const HOOKED = `import package_ from 'package'; ${COMMONJS.replace('main: require', 'main:: require')}`;

/** Programs: their files, and the arguments for `node` and for swarm. */
const PROGRAMS: [name: string, files: Files, node: string[], swarm: string[]][] = [
  ['CommonJS by its extension', { 'main.cjs': COMMONJS }, ['./main.cjs'], ['-r', './main.cjs']],
  ['CommonJS by its syntax', { 'main.js': COMMONJS }, ['./main.js'], ['-r', './main.js']],
  [
    'CommonJS by package.json',
    { 'main.js': COMMONJS, 'package.json': { type: 'commonjs' } },
    ['./main.js'],
    ['-r', './main.js'],
  ],
  ['CommonJS with a hashbang', { main: `#!/usr/bin/env node\n${COMMONJS}` }, ['./main'], ['-r', './main']],
  ['CommonJS behind a symbolic link', { 'a.js': COMMONJS, 'main.js': '-> a.js' }, ['./main.js'], ['-r', './main.js']],
  ['an ES module by its extension', { 'main.mjs': MODULE }, ['./main.mjs'], ['-r', './main.mjs']],
  [
    'an ES module by package.json',
    { 'main.js': MODULE, 'package.json': { type: 'module' } },
    ['./main.js'],
    ['-r', './main.js'],
  ],
  ['an ES module by its syntax', { 'main.js': MODULE }, ['./main.js'], ['-r', './main.js']],
  [
    'an ES module with a hashbang',
    { 'main.mjs': `#!/usr/bin/env node\n${MODULE}` },
    ['./main.mjs'],
    ['-r', './main.mjs'],
  ],
  [
    'a language that a hook compiles',
    { 'main.hooked': HOOKED, ...HOOK },
    ['-r', 'hook', './main.hooked'],
    ['-r', 'hook', '-r', './main.hooked'],
  ],
  [
    'TypeScript that a hook compiles',
    { 'main.ts': HOOKED, ...HOOK },
    ['-r', 'hook', './main.ts'],
    ['-r', 'hook', '-r', './main.ts'],
  ],
  [
    'JavaScript that a hook compiles',
    { 'main.js': HOOKED, ...HOOK },
    ['-r', 'hook', './main.js'],
    ['-r', 'hook', '-r', './main.js'],
  ],
  [
    'JavaScript that a hook leaves alone',
    { 'main.js': COMMONJS, ...HOOK },
    ['-r', 'hook', './main.js'],
    ['-r', 'hook', '-r', './main.js'],
  ],
];

const ARGUMENTS = ['-q', 'mail', '--', '-i', '-r', 'x'];

async function startedByNode(cwd: string, args: string[]): Promise<unknown> {
  const { stdout } = await execa(NODE, [...args, ...ARGUMENTS], { cwd });
  return JSON.parse(stdout.replace('started ', ''));
}

async function startedBySwarm(cwd: string, args: string[], env: NodeJS.ProcessEnv): Promise<unknown> {
  const swarm = new Swarm([...args, '--', ...ARGUMENTS], { cwd, env: { COUNT: '1', ...env } });
  const [started = ''] = await swarm.heard('started');
  return JSON.parse(started.replace('started ', ''));
}

describe.each(PROGRAMS)('%s starts as in plain Node', (_name, files, node, swarm) => {
  test.each<[how: string, env: NodeJS.ProcessEnv]>([
    ['in a worker', {}],
    ['in inline mode', { SWARM_MODE: 'inline' }],
    ['before the fork', { SWARM_PRELOAD_APP: '1' }],
    ['with an --import', { NODE_OPTIONS: '--import data:text/javascript,' }],
  ])('%s', async (_how, env) => {
    const cwd = await application({ ...PACKAGE, ...files });
    expect(await startedBySwarm(cwd, swarm, env)).toEqual(await startedByNode(cwd, node));
  });
});

test('ticks and promises of a CommonJS module run in the order of plain Node', async () => {
  const source = `
Promise.resolve().then(() => console.log('later promise'));
process.nextTick(() => console.log('later tick'));
setInterval(() => {}, 60_000);`;
  const cwd = await application({ 'main.cjs': source });
  const swarm = new Swarm(['-r', './main.cjs'], { cwd, env: { COUNT: '1' } });
  expect(await swarm.heard('later', 2)).toEqual(['later tick', 'later promise']);
});
