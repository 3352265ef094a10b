import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { application, type Files } from '../support/application.ts';
import { Swarm } from '../support/swarm.ts';

const FORK = { SWARM_MODE: 'fork' };

interface Found {
  name: string;
  version: string | null;
  application: boolean;
  ms: number | null;
  bytes: number | null;
  left: { kind: string; detail: string }[];
  timers: string[];
  verdict: string;
  reason: string | null;
  stack: string | null;
  advice: string | null;
}

interface Answer {
  safe: boolean;
  outcome: string;
  forking: string;
  mode: string;
  found: Found[];
  preload: { selection: string | string[]; application: boolean; reason: string | null };
  shared: { packages: number; modules: number; ms: number; bytes: number; image: number | null };
}

interface Job {
  env?: NodeJS.ProcessEnv;
  args?: string[];
  status?: number;
}

/** An application with these packages, and with jobs.cjs, which requires all of them, unless `files` replaces it. */
async function shop(sources: Record<string, string>, files: Files = {}): Promise<string> {
  const packages = Object.entries(sources).flatMap(([name, source]) => [
    [`node_modules/${name}/index.js`, source],
    [`node_modules/${name}/package.json`, { name, version: '1.2.3' }],
  ]);
  const jobs = Object.keys(sources).map((name) => `require('${name}');`);
  return application({ 'jobs.cjs': jobs.join('\n'), ...Object.fromEntries(packages), ...files });
}

async function doctor(cwd: string, { env = {}, args = ['-r', './jobs.cjs'], status = 0 }: Job = {}): Promise<Swarm> {
  const swarm = new Swarm(['doctor', ...args], { env: { ...FORK, ...env }, cwd });
  expect(await swarm.exited).toEqual({ code: status, signal: null });
  expect(swarm.processes()).toEqual([]);
  return swarm;
}

async function answer(cwd: string, { args = ['-r', './jobs.cjs'], ...job }: Job = {}): Promise<Answer> {
  const { lines } = await doctor(cwd, { ...job, args: ['--json', ...args] });
  return JSON.parse(lines.join('\n'));
}

describe('swarm doctor', () => {
  test('measures what would be preloaded, and says that this is safe', async () => {
    const cwd = await shop({
      large: 'module.exports = Array.from({ length: 100_000 }, (_, i) => ({ i }));',
      small: '',
    });
    const { safe, outcome, forking, found, shared } = await answer(cwd);
    expect({ safe, outcome, forking }).toEqual({
      safe: true,
      outcome: expect.stringMatching(/^swarm would run .*, fork mode \(SWARM_MODE\)\.$/),
      forking: expect.stringMatching(/^This machine can fork: /),
    });
    expect(found.map(({ name, version, verdict }) => [name, version, verdict])).toEqual([
      ['large', '1.2.3', 'yes'],
      ['small', '1.2.3', 'yes'],
    ]);
    const [large, small] = found.map(({ bytes }) => bytes ?? Number.NaN);
    expect(large).toBeGreaterThan(2_000_000);
    expect(small).toBeLessThan(1_000_000);
    expect(shared).toMatchObject({ packages: 2, modules: 0, bytes: (large ?? 0) + (small ?? 0) });
    expect(shared.image).toBeGreaterThan(large ?? 0);
  });

  test('prints a table; the output of packages goes to stderr', async () => {
    const cwd = await shop({ chatty: "console.log('chatty is loaded')" });
    const { lines, errors } = await doctor(cwd);
    expect(lines[0]).toBe('1 package is loaded before the fork.');
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}chatty {3}1\.2\.3 +\d+ +\d\.\d {2}- +yes$/));
    expect(errors).toEqual(['chatty is loaded']);
  });

  test('names leftovers; each worker loads those packages itself, which is safe', async () => {
    const cwd = await shop({
      server: "require('net').createServer().listen(0)",
      thread: "new (require('worker_threads').Worker)('setInterval(() => {}, 1000)', { eval: true })",
      watcher: "require('fs').watch(__dirname).unref()",
      child: "require('child_process').spawn('sleep', ['1000']).unref()",
      file: "require('fs').openSync(__dirname + '/x.db', 'w+')",
      timer: 'setInterval(() => {}, 1000)',
      idle: 'setInterval(() => {}, 1000).unref()',
    });
    const { safe, found, shared } = await answer(cwd);
    expect(safe).toBe(true);
    expect(
      found.map(({ name, left, timers, verdict }) => [name, left.map(({ kind }) => kind), timers, verdict]),
    ).toEqual([
      ['server', ['listening server'], [], 'in each worker'],
      ['thread', ['worker thread'], [], 'in each worker'],
      ['watcher', ['file watcher'], [], 'in each worker'],
      ['child', ['child process'], [], 'in each worker'],
      ['file', ['open file'], [], 'in each worker'],
      ['timer', [], ['timer'], 'yes'],
      ['idle', [], [], 'yes'],
    ]);
    expect(shared.packages).toBe(2);
  });

  test.each<[how: string, source: string, verdict: string, reason: RegExp, outcome: RegExp]>([
    [
      'throws',
      "throw new TypeError('no database')",
      'in each worker',
      /preloaded \(TypeError: no database\)$/,
      /fork mode/,
    ],
    ['calls process.exit', 'process.exit(3)', 'in each worker', /it called process\.exit\(3\)/, /fork mode/],
    [
      'crashes',
      "process.kill(process.pid, 'SIGSEGV')",
      'crashes',
      /loaded it was killed by SIGSEGV$/,
      /not start: broken/,
    ],
    [
      'exits without listeners',
      'process.reallyExit(7)',
      'crashes',
      /loaded it ended with status 7$/,
      /not start: broken/,
    ],
    ['hangs', 'for (;;);', 'hangs', /^it is still not loaded after 10 s$/, /not start: broken/],
  ])('names a package that %s, with the reason, and still measures the others', async (_how, source, ...expected) => {
    const [verdict, reason, outcome] = expected;
    const safe = verdict === 'in each worker';
    const cwd = await shop({ before: '', broken: source, after: '' });
    const result = await answer(cwd, { env: { SWARM_BOOT_TIMEOUT: '10' }, status: safe ? 0 : 1 });
    expect(result.found.map((row) => [row.name, row.verdict])).toEqual([
      ['before', 'yes'],
      ['broken', verdict],
      ['after', 'yes'],
    ]);
    expect(result.found[1]?.reason).toMatch(reason);
    expect(result.outcome).toMatch(outcome);
    expect(result.safe).toBe(safe);
  });

  test("shows an error with its stack, without swarm's own frames", async () => {
    const { found } = await answer(await shop({ throws: "throw new TypeError('no database')" }));
    expect(found[0]?.stack).toMatch(/^TypeError: no database\n.*node_modules\/throws\/index\.js:1/);
    expect(found[0]?.stack).not.toContain('dist/mold');
  });

  test('lists what can be shared if a package cannot be loaded', async () => {
    const cwd = await shop({ before: '', ends: 'process.reallyExit(7)', after: '' });
    const { found } = await answer(cwd, { status: 1 });
    expect(found[1]?.advice).toContain('SWARM_PRELOAD=before,after');
  });

  test('blames the package that crashes a moment later, not the one that is loading then', async () => {
    const cwd = await shop({
      late: "setTimeout(() => process.kill(process.pid, 'SIGSEGV'), 1)",
      innocent: '',
      other: '',
    });
    const { found } = await answer(cwd, { status: 1 });
    expect(found.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['late', 'crashes'],
      ['innocent', 'yes'],
      ['other', 'yes'],
    ]);
  });

  test('reports a package with leftovers as unsafe if SWARM_PRELOAD names it', async () => {
    const cwd = await shop({ fine: '', server: "require('net').createServer().listen(0)" });
    const result = await answer(cwd, { env: { SWARM_PRELOAD: 'fine,server' }, args: [], status: 1 });
    expect(result.found.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['fine', 'yes'],
      ['server', 'unsafe'],
    ]);
    expect(result.found[1]?.advice).toMatch(/TCP port \d+.*Take it out of SWARM_PRELOAD/);
    expect(result.outcome).toMatch(/^swarm would run /);
  });
});

describe('the -r modules', () => {
  /** A package that connects in a callback, as database clients do. */
  const client = `
    const { connect } = require('net');
    exports.connected = (port) => new Promise((resolve) => process.nextTick(() => connect(port, '127.0.0.1', resolve)));`;
  const files = {
    'jobs.mjs': "import './lib/queue.mjs'; console.log('jobs are loaded'); setInterval(() => {}, 1000);",
    'lib/queue.mjs': "import { connected } from 'client';\nawait connected(Number(process.env.REDIS));",
  };

  test('are loaded with SWARM_PRELOAD_APP, and the line that opens a connection is named', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const cwd = await shop({ client }, files);
    const env = { SWARM_PRELOAD_APP: '1', REDIS: String(port) };
    const { found, safe } = await answer(cwd, { env, args: ['-r', './jobs.mjs'], status: 1 });
    expect(safe).toBe(false);
    expect(found.map(({ name, verdict, application }) => [name, verdict, application])).toEqual([
      ['client', 'yes', false],
      ['./jobs.mjs', 'unsafe', true],
    ]);
    expect(found[1]).toMatchObject({
      left: [{ kind: 'socket', detail: `TCP to port ${port}, by lib/queue.mjs:2` }],
      timers: ['jobs.mjs:1'],
      advice: expect.stringContaining('Open it in the default export or in onFork'),
    });
  });

  test('are not loaded otherwise, because they would take jobs', async () => {
    const { lines, errors } = await doctor(await shop({ client }, files), { args: ['-r', './jobs.mjs'] });
    expect(errors).toEqual([]);
    expect(lines[1]).toMatch(
      /^Each worker loads \.\/jobs\.mjs itself, so it was not loaded here; .*SWARM_PRELOAD_APP=1\.$/,
    );
  });
});

describe('swarm doctor when nothing is shared', () => {
  test('says that SWARM_PRELOAD names no package', async () => {
    const { lines } = await doctor(await shop({ a: '' }), { env: { SWARM_PRELOAD: 'none' }, args: [] });
    expect(lines[0]).toBe('No package is loaded before the fork: SWARM_PRELOAD names none.');
    expect(lines.at(-2)).toMatch(/^This machine can fork: /);
  });

  test('still measures packages in spawn mode', async () => {
    const { mode, found, outcome } = await answer(await shop({ a: '' }), { env: { SWARM_MODE: 'spawn' } });
    expect(mode).toBe('spawn');
    expect(found.map(({ name, verdict }) => [name, verdict])).toEqual([['a', 'yes']]);
    expect(outcome).toMatch(/, spawn mode \(SWARM_MODE\)\.$/);
  });

  test('says that the loaded code prevents a fork', async () => {
    const source = `
      import { once } from 'node:events';
      import { Worker } from 'node:worker_threads';
      const code = "require('fs').watch('/'); require('worker_threads').parentPort.postMessage('watching')";
      await once(new Worker(code, { eval: true }), 'message');`;
    const cwd = await shop({}, { 'watch.mjs': source });
    const { mode, forking, outcome } = await answer(cwd, {
      env: { SWARM_MODE: 'auto', SWARM_PRELOAD: './watch.mjs' },
      args: [],
      status: 1,
    });
    expect(forking).toMatch(/^This machine can fork, but not a process that has loaded this: /);
    expect(mode).toBe('spawn');
    expect(outcome).toMatch(/^swarm would run .*, spawn mode \(/);
  });
});

test.each<[args: string[], env: NodeJS.ProcessEnv, status: number, sentence: RegExp]>([
  [['--frobnicate'], {}, 64, /unknown option '--frobnicate'.*swarm doctor --help/],
  [[], { COUNT: 'abc' }, 78, /COUNT="abc" is not a number of workers/],
  [[], { SWARM_PRELOAD: 'nope' }, 1, /^swarm: SWARM_PRELOAD names nope, but there is no such package/],
  [['-r', './nope.js'], {}, 1, /^swarm: -r \.\/nope\.js was not found/],
])('swarm doctor with arguments %j and environment %j exits with status %d', async (args, env, status, sentence) => {
  const { lines, errors } = await doctor(await shop({}), { args, env, status });
  expect(lines).toEqual([]);
  expect(errors).toEqual([expect.stringMatching(sentence)]);
});

test('an interrupted swarm doctor also ends processes that packages started', async () => {
  const cwd = await shop({
    hangs: "require('child_process').spawn('sleep', ['1000']); console.error('hangs'); for (;;);",
  });
  const swarm = new Swarm(['doctor', '-r', './jobs.cjs'], { env: FORK, cwd });
  await swarm.until('a package that hangs', () => swarm.errors.includes('hangs'));
  swarm.signal('SIGINT');
  expect(await swarm.exited).toEqual({ code: null, signal: 'SIGINT' });
  await swarm.gone();
});

test('swarm doctor has a row for each preload, and says what must be loaded after one that cannot be shared', async () => {
  const cwd = await shop(
    { a: '' },
    { 'fine.cjs': '', 'opens.cjs': "require('node:fs').openSync('opened', 'w');", 'late.cjs': '' },
  );
  const env = { NODE_OPTIONS: '-r ./fine.cjs -r ./opens.cjs --import ./late.cjs' };
  const { found } = await answer(cwd, { env });
  expect(found.map(({ name, verdict }) => [name, verdict])).toEqual([
    ['--require ./fine.cjs', 'yes'],
    ['--require ./opens.cjs', 'in each worker'],
    ['--import ./late.cjs', 'in each worker'],
    ['a', 'in each worker'],
  ]);
  expect(found[1]?.left).toMatchObject([{ kind: 'open file' }]);
  expect(found[3]?.reason).toMatch(/^--require \.\/opens\.cjs must come first/);
});
