import { once } from 'node:events';
import { readFileSync, readlinkSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { application, type Files } from '../support/application.ts';
import { MODE, Swarm } from '../support/swarm.ts';

/** The pid without process.pid: a package that reads process.pid is not shared. */
const PID = "Number(require('node:fs').readlinkSync('/proc/self'))";

/** Records which process loads it, and what that process looks like. */
const WITNESS = `
const { appendFileSync, readlinkSync } = require('node:fs');
const Module = require('node:module');
const { isMainThread } = require('node:worker_threads');
appendFileSync(process.env.WITNESSES, JSON.stringify({
  // Not process.pid, which an agent reads to report an instance.
  pid: Number(readlinkSync('/proc/self')),
  isMainThread,
  isPreloading: Module.isPreloading ?? module.isPreloading,
  main: require.main === undefined,
  mode: process.env.SWARM_MODE,
}) + '\\n');
globalThis.order = [...(globalThis.order ?? []), 'witness'];
`;

const FILES: Files = {
  'witness.cjs': WITNESS,
  'second.cjs': "(globalThis.order ??= []).push('second', module.isPreloading);",
  'import.mjs': "(globalThis.order ??= []).push('import ' + process.argv[1]?.endsWith('jobs.mjs'));",
  'node_modules/a/index.js': "globalThis.order.push('package');",
  'jobs.mjs': `
import 'a';
import { execFileSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
const { NODE_OPTIONS } = process.env;
const script = 'JSON.stringify(globalThis.order)';
const inThread = (options) => new Promise((resolve, reject) => {
  const thread = new Worker(\`require("node:worker_threads").parentPort.postMessage(\${script})\`, { eval: true, ...options });
  thread.once('message', resolve).once('error', reject);
});
const seen = {
  order: globalThis.order,
  execArgv: process.execArgv,
  NODE_OPTIONS,
  child: execFileSync(process.execPath, ['-p', script], { encoding: 'utf8' }).trim(),
  thread: await inThread({}),
  withEnv: await inThread({ env: { WITNESSES: process.env.WITNESSES } }),
  withArguments: await inThread({ execArgv: ['--no-warnings'] }),
};
console.log('seen ' + JSON.stringify(seen));
setInterval(() => {}, 60_000);
`,
};

interface Witness {
  pid: number;
  isMainThread: boolean;
  isPreloading: boolean;
  main: boolean;
  mode?: string;
}

interface Options {
  mode?: string;
  env?: NodeJS.ProcessEnv;
  flags?: readonly string[];
  count?: string;
}

async function start(cwd: string, { mode = MODE, env = {}, flags = [], count = '1' }: Options = {}): Promise<Swarm> {
  const WITNESSES = join(cwd, 'witnesses');
  return new Swarm(['-r', './jobs.mjs'], { cwd, flags, env: { COUNT: count, SWARM_MODE: mode, WITNESSES, ...env } });
}

function witnesses(cwd: string): Witness[] {
  const lines = readFileSync(join(cwd, 'witnesses'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Witness);
}

async function stop(swarm: Swarm): Promise<void> {
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
}

const preloads = (swarm: Swarm) => swarm.events('preload').map(({ msg }) => msg);

describe('a preload (--require, --import)', () => {
  test('looks the same to forked workers, their threads and their children as in spawn mode', async () => {
    const cwd = await application(FILES);
    const given = {
      // Threads refuse options for the heap size of the process.
      env: { NODE_OPTIONS: '--max-old-space-size=300 -r ./witness.cjs --import "./import.mjs"' },
      flags: ['--max-semi-space-size=2', '--require', './second.cjs', '--conditions=mine'],
    };
    const seen: unknown[] = [];
    for (const mode of ['spawn', 'fork']) {
      const swarm = await start(cwd, { ...given, mode });
      const [line = ''] = await swarm.heard('seen');
      const { execArgv, ...rest } = JSON.parse(line.slice('seen '.length));
      seen.push({ ...rest, execArgv: execArgv.filter((flag: string) => !flag.startsWith('--heap')) });
      expect(swarm.errors).toEqual([]);
      await stop(swarm);
    }
    const [spawned, forked] = seen as { order: string[] }[];
    expect(forked?.order).toEqual(['witness', 'second', true, 'import true', 'package']);
    // In spawn mode argv[1] is swarm's own until the assignment has been read.
    expect(spawned?.order).toEqual(['witness', 'second', true, 'import false', 'package']);
    expect({ ...forked, order: [] }).toEqual({ ...spawned, order: [] });
  });

  test('runs once before the fork and before the main module, and never in the supervisor', async () => {
    const cwd = await application({
      ...FILES,
      'jobs.mjs': "import 'a'; console.log('loaded'); setInterval(() => {}, 1e6);",
    });
    const swarm = await start(cwd, { mode: 'fork', env: { NODE_OPTIONS: '-r ./witness.cjs' }, count: '2' });
    await swarm.event('worker.ready', 2);
    const [launcher, mold, ...others] = witnesses(cwd);
    // Node loads it before the process replaces itself with the supervisor.
    expect(launcher).toMatchObject({ pid: swarm.pid });
    expect(mold).toMatchObject({ isPreloading: true, main: true, mode: 'fork', isMainThread: true });
    expect(mold?.pid).not.toBe(swarm.pid);
    expect(others).toEqual([]);
    expect(readFileSync(`/proc/${swarm.pid}/environ`, 'utf8')).not.toContain('witness.cjs\0');
    await stop(swarm);
  });

  test('can register hooks for later modules, also on the hooks thread of Node', async () => {
    const cwd = await application({
      'register.mjs': "import { register } from 'node:module'; register('./hooks.mjs', import.meta.url);",
      'hooks.mjs': `export async function resolve(specifier, context, next) {
  return specifier.startsWith('virtual:') ? { url: specifier, shortCircuit: true } : next(specifier, context);
}
export async function load(url, context, next) {
  if (!url.startsWith('virtual:')) return next(url, context);
  return { format: 'module', source: 'export default ' + JSON.stringify(url), shortCircuit: true };
}`,
      'node_modules/a/index.mjs': "export { default } from 'virtual:package';",
      'node_modules/a/package.json': { exports: './index.mjs' },
      'jobs.mjs': `import a from 'a';
export default async () => {
  console.log('hooked', a, (await import('virtual:' + process.pid)).default === 'virtual:' + process.pid);
  setInterval(() => {}, 60_000);
};`,
    });
    const swarm = await start(cwd, { mode: 'fork', env: { NODE_OPTIONS: '--import ./register.mjs' }, count: '2' });
    expect(await swarm.heard('hooked', 2)).toEqual(Array.from({ length: 2 }, () => 'hooked virtual:package true'));
    expect(preloads(swarm)).toEqual([]);
    expect((await swarm.event('boot')).msg).toContain('1 package preloaded');
    await stop(swarm);
  });

  test('that cannot be shared is loaded in each worker, before the modules that it can affect', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const cwd = await application({
      ...FILES,
      'first.cjs': "globalThis.order = ['first'];",
      // It connects late, as an agent does that looks up its server first.
      'connects.cjs': `globalThis.order.push('connects');
setTimeout(() => require('node:net').connect(${port}, '127.0.0.1').on('error', () => {}).unref(), 400).unref();`,
      'node_modules/a/index.js': `globalThis.order.push('package ' + ${PID});`,
      'node_modules/b/index.js': 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);',
      'jobs.mjs': `import 'b'; import 'a';
console.log('order ' + process.pid + ' ' + JSON.stringify(globalThis.order));
setInterval(() => {}, 60_000);`,
    });
    const NODE_OPTIONS = '-r ./first.cjs -r ./connects.cjs -r ./second.cjs';
    const swarm = await start(cwd, { mode: 'fork', env: { NODE_OPTIONS }, count: '2' });
    await swarm.event('worker.ready', 2);
    for (const line of swarm.said('order')) {
      const [, pid, order] = line.split(' ', 2).concat(line.slice(line.indexOf('[')));
      expect(JSON.parse(order ?? '')).toEqual(['first', 'connects', 'second', true, `package ${pid}`]);
    }
    expect(preloads(swarm)).toEqual([
      expect.stringMatching(
        /^--require \.\/connects\.cjs is not shared; each worker loads its own copy: loading it leaves/,
      ),
      expect.stringMatching(/^2 packages \(.*\) are not shared; .*: --require \.\/connects\.cjs must come first/),
    ]);
    await stop(swarm);
  });

  test.each([
    ['connects', "require('node:net').connect(9, '127.0.0.1').on('error', () => {});", 'it connects to a server'],
    ['reads its pid', 'globalThis.instance = process.pid;', 'agent.cjs reads process.pid'],
    [
      'makes an id',
      "globalThis.instance = require('node:crypto').randomUUID();",
      'agent.cjs draws from crypto.randomUUID',
    ],
  ])('that %s is loaded separately by each worker', async (_, source, reason) => {
    const cwd = await application({
      'agent.cjs': source,
      'jobs.mjs': "console.log('instance', process.pid, globalThis.instance); setInterval(() => {}, 60_000);",
    });
    const swarm = await start(cwd, { mode: 'fork', env: { NODE_OPTIONS: '-r ./agent.cjs' }, count: '2' });
    const said = await swarm.heard('instance', 2);
    const instances = said.map((line) => line.split(' ')[2]).filter((instance) => instance !== 'undefined');
    expect(new Set(instances).size).toBe(instances.length);
    expect(preloads(swarm)).toEqual([
      expect.stringContaining(`agent.cjs is not shared; each worker loads its own copy: ${reason}`),
    ]);
    await stop(swarm);
  });

  test.each([
    ['throws', "throw new Error('broken');", /Error: broken/],
    ['calls process.exit', 'process.exit(7);', /^$/],
  ])('that %s keeps the swarm from starting, and its error is printed once', async (_, source, error) => {
    // It fails only in the application: in the launcher it would end Node itself.
    const cwd = await application({ ...FILES, 'bad.cjs': `if (process.argv[1].endsWith('jobs.mjs')) { ${source} }` });
    const swarm = await start(cwd, { mode: 'fork', env: { NODE_OPTIONS: '-r ./bad.cjs' } });
    expect(await swarm.exited).toEqual({ code: 1, signal: null });
    expect(swarm.errors.filter((line) => line.startsWith('Error: '))).toHaveLength(error.test('') ? 0 : 1);
  });
});

describe('a leftover found while packages are loaded', () => {
  test('is attributed to the package that caused it a moment earlier', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const cwd = await application({
      'node_modules/a/index.js': `setTimeout(() => {
  require('node:net').connect(${port}, '127.0.0.1').on('error', () => {}).unref();
  require('node:child_process').spawn('sleep', ['60']).unref();
}, 300).unref();`,
      'node_modules/b/index.js': 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);',
      'jobs.mjs': "import 'a'; import 'b'; setInterval(() => {}, 60_000);",
    });
    const swarm = await start(cwd, { mode: 'fork' });
    await swarm.event('worker.ready');
    expect(preloads(swarm)).toEqual([expect.stringMatching(/^a is not shared; .* a child process .* and a socket /)]);
    expect(swarm.events('boot')[0]?.msg).toContain('1 package preloaded');
    await stop(swarm);
  });

  test('that each mold finds in another package: after two molds, all packages after the cause are left out', async () => {
    const cwd = await application({
      // The next package that is required opens a file, and leaves it open.
      'node_modules/a/index.js': `const Module = require('node:module');
const { _load } = Module;
Module._load = function (name, ...rest) {
  if (/^[b-e]$/.test(name)) {
    Module._load = _load;
    require('node:fs').openSync(process.cwd() + '/opened-' + ${PID}, 'w');
  }
  return _load.call(this, name, ...rest);
};`,
      ...Object.fromEntries(['b', 'c', 'd', 'e'].map((name) => [`node_modules/${name}/index.js`, ''])),
      'jobs.cjs':
        "require('a'); require('b'); require('c'); require('d'); require('e'); setInterval(() => {}, 60_000);",
    });
    const swarm = new Swarm(['-r', './jobs.cjs'], { cwd, env: { COUNT: '1', SWARM_MODE: 'fork' } });
    await swarm.event('worker.ready');
    expect(preloads(swarm)).toEqual([
      expect.stringMatching(/^b is not shared/),
      expect.stringMatching(/^c is not shared/),
      expect.stringMatching(/^4 packages \(.*\) are not shared; .*: b must come first/),
    ]);
    expect(swarm.events('boot')[0]?.msg).toContain('1 package preloaded');
    await stop(swarm);
  });
});

test('an inherited file descriptor stays open when swarm replaces itself, although Node sets close-on-exec', async () => {
  const cwd = await application(FILES);
  const swarm = new Swarm(['-r', './jobs.mjs'], {
    cwd,
    prefix: ['sh', '-c', 'exec 9>lock; exec "$@"', 'sh'],
    env: { COUNT: '1', NODE_OPTIONS: '-r ./witness.cjs', WITNESSES: join(cwd, 'witnesses') },
  });
  await swarm.event('worker.ready');
  expect(readlinkSync(`/proc/${swarm.pid}/fd/9`)).toBe(join(cwd, 'lock'));
  await stop(swarm);
});
