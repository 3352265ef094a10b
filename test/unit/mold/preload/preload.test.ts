import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ADDON } from '../../../support/addon.ts';
import { has } from '../../../support/needs.ts';
import { preloaded } from './preloading.ts';

const ESM = { type: 'module' };
const AWAIT = "import { once } from 'node:events';";

/** Packages a, b and c, where b has this source. */
function around(source: string, manifest: object = { version: '1.2.3' }) {
  return {
    'node_modules/a/index.js': '',
    'node_modules/b/index.js': source,
    'node_modules/b/package.json': manifest,
    'node_modules/c/index.js': '',
  };
}

const ALL = { selection: ['a', 'b', 'c'] };

describe('packages', () => {
  it('are loaded one after another and reported with version and time', async () => {
    const files = around("console.log('b is loaded'); console.error('and complains');");
    const { report, order, output } = await preloaded(files, ALL);

    expect(order).toEqual(['a', 'b', 'c']);
    expect(report.packages).toEqual([
      { name: 'a', ms: expect.any(Number), left: [] },
      { name: 'b', version: '1.2.3', ms: expect.any(Number), left: [] },
      { name: 'c', ms: expect.any(Number), left: [] },
    ]);
    expect(report).toMatchObject({ failed: [], ms: expect.any(Number) });
    expect(output.split('\n')).toEqual(['b is loaded', 'and complains']);
  });

  it('are awaited', async () => {
    const files = around("await new Promise(setImmediate); console.log('b');", ESM);
    const { output } = await preloaded({ ...files, 'node_modules/c/index.js': "console.log('c')" }, ALL);

    expect(output).toBe('b\nc');
  });

  it('are in the cache for code that imports them later', async () => {
    const files = {
      'jobs.mjs': "import dual from 'dual'; import './more.cjs';",
      'more.cjs': "require('dual');",
      'after.mjs': `
        import { createRequire } from 'node:module';
        import './jobs.mjs';
        export const loaded = globalThis.loaded;`,
      'node_modules/dual/package.json': { exports: { import: './index.mjs', require: './index.cjs' } },
      'node_modules/dual/index.mjs': "globalThis.loaded = [...(globalThis.loaded ?? []), 'import']; export default 1;",
      'node_modules/dual/index.cjs': "globalThis.loaded = [...(globalThis.loaded ?? []), 'require'];",
    };
    const { report, later } = await preloaded(files, { selection: 'auto', modules: ['jobs.mjs'], after: 'after.mjs' });

    expect(report.packages.map(({ name }) => name)).toEqual(['dual']);
    expect(later).toEqual({ loaded: ['import', 'require'] });
  });

  it('have one row each in the report, however many subpaths are loaded; built-in modules have none', async () => {
    const files = { 'node_modules/a/x.js': '', 'node_modules/a/y.js': '' };
    const { report } = await preloaded(files, { selection: ['a/x.js', 'node:http', 'a/y.js'] });

    expect(report.packages.map(({ name }) => name)).toEqual(['a']);
  });

  it('have a size if garbage is collected, which is once before the first and after each', async () => {
    const { report, collected } = await preloaded(around(''), { ...ALL, collect: true });

    expect(collected).toEqual([0, 1, 2, 3]);
    expect(report.packages.map(({ bytes }) => typeof bytes)).toEqual(['number', 'number', 'number']);
  });

  it('can be left out', async () => {
    const { report, output } = await preloaded(around("console.log('b')"), { ...ALL, except: ['b'] });

    expect(report.packages.map(({ name }) => name)).toEqual(['a', 'c']);
    expect(output).toBe('');
  });

  it('are loaded as the application requests them, which may be the only way', async () => {
    const files = {
      'jobs.cjs': "require('a');",
      'node_modules/a/package.json': { main: 'index.es5' },
      'node_modules/a/index.es5': '',
    };
    const { report } = await preloaded(files, { selection: 'auto', modules: ['jobs.cjs'] });

    expect(report.failed).toEqual([]);
    expect(report.packages.map(({ name }) => name)).toEqual(['a']);
  });

  it('may be none', async () => {
    const { report } = await preloaded({}, { selection: [] });

    expect(report).toMatchObject({ packages: [], failed: [] });
  });
});

describe('a package that fails', () => {
  it.each<[how: string, source: string, message: string, manifest?: object]>([
    ['throws', "throw new TypeError('no database')", 'TypeError: no database'],
    ['throws, as an ES module', "throw new TypeError('no database')", 'TypeError: no database', ESM],
    ['throws something other than an error', 'throw { code: 7 }', 'it threw { code: 7 }'],
    ['exits', 'process.exit(3)', 'Error: it called process.exit(3)'],
    ['exits in a try', 'try { process.exit() } catch {}', 'Error: it called process.exit()'],
    ['exits a moment later', 'setImmediate(() => process.exit(1))', 'Error: it called process.exit(1)'],
    ['throws a moment later', "process.nextTick(() => { throw new Error('late') })", 'Error: late'],
    ['throws in an immediate', "setImmediate(() => { throw new Error('late') })", 'Error: late'],
    ['throws after a while', "setImmediate(setImmediate, () => { throw new Error('late') })", 'Error: late'],
    ['rejects', "Promise.reject(new Error('unheard'))", 'Error: unheard'],
    ['does not parse', 'const', 'SyntaxError: Unexpected end of input'],
    ['requires a missing package', "require('missing')", "Error: Cannot find module 'missing'"],
    ['awaits in vain', 'await new Promise(() => {})', 'Error: it awaits, at its top level, something that never', ESM],
  ])('is named, and the others are loaded: it %s', async (_how, source, message, manifest) => {
    const { report, listeners, isExitBack } = await preloaded(around(source, manifest), ALL);

    expect(report.packages.map(({ name }) => name)).toEqual(['a', 'c']);
    expect(report.failed).toEqual([
      expect.objectContaining({ name: 'b', message: expect.stringContaining(message), stack: expect.any(String) }),
    ]);
    expect(listeners).toEqual([]);
    expect(isExitBack).toBe(true);
  });

  it('has a limit on what it awaits', async () => {
    // A server keeps the event loop alive, so Node does not notice that the promise never settles.
    const files = around(
      "import { createServer } from 'node:net'; createServer().listen(0); await new Promise(() => {})",
      ESM,
    );
    const { report } = await preloaded(files, { selection: ['b'], timeout: 100 });

    expect(report.failed).toMatchObject([{ name: 'b', message: 'Error: it is still not loaded after 0.1 s' }]);
  });

  it('is blamed, not the package that is being loaded when it throws', async () => {
    const files = {
      ...around("globalThis.fail = () => { throw new Error('late') }"),
      'node_modules/c/index.js': 'setImmediate(globalThis.fail)',
    };
    const { report } = await preloaded(files, ALL);

    expect(report.failed).toMatchObject([{ name: 'b', version: '1.2.3', message: 'Error: late' }]);
  });

  it('may be one that does not exist', async () => {
    const { report } = await preloaded(around(''), {
      selection: ['a', 'missing', './missing.js', 'https://example.com/a.js'],
    });

    expect(report.packages.map(({ name }) => name)).toEqual(['a']);
    expect(report.failed).toMatchObject([
      { name: 'missing', message: expect.stringContaining("Cannot find package 'missing'") },
      { name: './missing.js', message: expect.stringContaining('Cannot find module') },
      { name: 'https://example.com/a.js', message: expect.any(String) },
    ]);
  });

  it('keeps its wrapper around process.exit', async () => {
    const files = around("const { exit } = process; process.exit = (code) => { console.log('bye'); exit(code); }");
    const { report, output } = await preloaded(files, ALL);

    expect(report.failed).toEqual([]);
    // Printed by the exit at the end.
    expect(output).toBe('bye');
  });
});

const addon = fileURLToPath(new URL(`../../../../${ADDON}`, import.meta.url));

/** A package with a native addon that exports, among others, a function `pid`; and b, which requires it as `x`. */
function withAddon(name: string, source: string) {
  const load = `require('fs').copyFileSync(${JSON.stringify(addon)}, __dirname + '/x.node'); const x = require('./x.node');`;
  return {
    [`node_modules/${name}/index.js`]: `${load} module.exports = x;`,
    ...around(`const x = require('${name}'); ${source}`),
  };
}

describe.runIf(has('the addon', 'calls of native addons'))('a native addon', () => {
  it.each<[what: string, name: string, source: string, left: object[]]>([
    [
      'known to keep a random generator',
      '@node-rs/argon2',
      'x.pid()',
      [{ kind: 'random generator', detail: 'in native code of @node-rs/argon2' }],
    ],
    ['that is unknown', 'any', 'x.pid()', [{ kind: 'unknown state', detail: 'in native code of any' }]],
    [
      'that is unknown, through a kept function',
      'any',
      'const { pid } = x; pid()',
      [{ kind: 'unknown state', detail: 'in native code of any' }],
    ],
    [
      'that is unknown, a moment later',
      'any',
      'setImmediate(() => x.pid())',
      [{ kind: 'unknown state', detail: 'in native code of any' }],
    ],
    ['known to keep nothing', 'bcrypt', 'x.pid()', []],
    ['that is loaded but not called', '@node-rs/argon2', '', []],
  ])('is noticed when a package calls it: one %s', async (_what, name, source, left) => {
    const { report } = await preloaded(withAddon(name, source), ALL);

    expect(report.failed).toEqual([]);
    expect(report.packages.map((row) => row.left)).toEqual([[], left, []]);
  });

  it('is noticed when a later package calls it', async () => {
    const files = { ...withAddon('any', ''), 'node_modules/c/index.js': "require('any').pid()" };
    const { report } = await preloaded(files, ALL);

    expect(report.packages.map(({ left }) => left.map(({ kind }) => kind))).toEqual([[], [], ['unknown state']]);
  });

  it('has its original functions back when everything is loaded', async () => {
    const files = {
      ...withAddon('any', 'globalThis.during = x.pid; globalThis.looked = [x.pid.name, x.pid.length, typeof x.pid];'),
      'after.mjs': `
        import x from 'any';
        export const looked = [x.pid.name, x.pid.length, typeof x.pid];
        export const seen = globalThis.looked;
        export const isOther = x.pid !== globalThis.during;
        export const isSame = x.pid() === globalThis.during();`,
    };
    const { later } = await preloaded(files, { ...ALL, after: 'after.mjs' });

    expect(later).toMatchObject({ isOther: true, isSame: true });
    expect((later as { seen: unknown }).seen).toEqual((later as { looked: unknown }).looked);
  });
});

describe('what a package leaves behind', () => {
  it.each<[kind: string, detail: RegExp, source: string]>([
    ['listening server', /^TCP port \d+$/, "require('net').createServer().listen(0).unref()"],
    ['listening server', /^unix .*\/b\.sock$/, "require('net').createServer().listen(__dirname + '/b.sock')"],
    ['socket', /^UDP port \d+$/, "require('dgram').createSocket('udp4').bind()"],
    [
      'worker thread',
      /^thread \d+$/,
      "new (require('worker_threads').Worker)('setInterval(() => {}, 1000)', { eval: true })",
    ],
    [
      'worker thread',
      /^thread \d+$/,
      "new (require('worker_threads').Worker)('setInterval(() => {}, 1000)', { eval: true }).unref()",
    ],
    ['file watcher', /^fs.watch$/, "require('fs').watch(__dirname).unref()"],
    ['child process', /^cat \(pid \d+\)$/, "require('child_process').spawn('cat').unref()"],
    ['open file', /\/b\.db$/, "require('fs').openSync(__dirname + '/b.db', 'w+')"],
    ['open file', /\/b\/index\.js$/, 'require("fs").openSync(__filename)'],
    ['open file', /\/b\.log$/, "require('fs').openSync(__dirname + '/b.log', 'a+')"],
    [
      'open file',
      /\/fifo$/,
      "require('child_process').execFileSync('mkfifo', [__dirname + '/fifo']); require('fs').openSync(__dirname + '/fifo', 'r+')",
    ],
    ['temporary directory', /\/b-\w{6}$/, "require('fs').mkdtempSync(__dirname + '/b-')"],
    [
      'temporary directory',
      /\/swarm-test-b-\d+$/,
      `const [fs, path] = [require('fs'), require('os').tmpdir() + '/swarm-test-b-' + process.pid];
      fs.mkdirSync(path + '/deep', { recursive: true });
      process.on('exit', () => fs.rmSync(path, { recursive: true }));`,
    ],
    ['file of its own', /\/b\.pid$/, "require('fs').writeFileSync(__dirname + '/b.pid', '1', { flag: 'wx' })"],
    ['file of its own', /\/b\.lock$/, "require('fs').mkdirSync(__dirname + '/b.lock')"],
    ['open directory', /\/b$/, "globalThis.kept = require('fs').opendirSync(__dirname)"],
  ])('is found: a %s %s', async (kind, detail, source) => {
    const { report } = await preloaded(around(source), ALL);

    expect(report.failed).toEqual([]);
    expect(report.packages).toMatchObject([
      { name: 'a', left: [] },
      { name: 'b', left: [{ kind, detail: expect.stringMatching(detail) }] },
      { name: 'c', left: [] },
    ]);
  });

  it.each([
    ['takes a callback', "await new Promise((done) => fs.mkdtemp('made-', done))"],
    ['returns a promise', "await fs.promises.mkdtemp('made-')"],
    ['is imported by name', "await (await import('node:fs/promises')).mkdtemp('made-')"],
    ['opens a file', "await (await fs.promises.open('made-123456', 'wx')).close()"],
    [
      'opens a file with numeric flags',
      "fs.closeSync(fs.openSync('made-123456', fs.constants.O_CREAT | fs.constants.O_EXCL))",
    ],
  ])('is found if the function that creates it %s', async (_what, source) => {
    const { report } = await preloaded(around(`import fs from 'node:fs'; ${source}`, ESM), ALL);

    expect(report.failed).toEqual([]);
    expect(report.packages[1]?.left).toMatchObject([{ detail: expect.stringMatching(/\/made-\w{6}$/) }]);
  });

  it('includes a connection and the server at its other end', async () => {
    const { report } = await preloaded(
      around(
        "const server = require('net').createServer().listen(0, () => require('net').connect(server.address().port, '127.0.0.1'))",
      ),
      ALL,
    );
    const [, b] = report.packages;

    expect(b?.left.map(({ kind }) => kind)).toContain('listening server');
    expect(b?.left).toContainEqual({ kind: 'socket', detail: expect.stringMatching(/^TCP to port \d+$/) });
  });

  it('includes a connection that waits for a DNS lookup', async () => {
    // A busy thread pool delays the lookup.
    const busy = "for (let i = 0; i < 4; i++) require('crypto').pbkdf2('a', 'b', 3_000_000, 8, 'sha1', () => {});";
    const connect = "require('net').connect(9, 'host.invalid').on('error', () => {})";
    const { report } = await preloaded(around(`${busy} ${connect}`), ALL);

    expect(report.packages[1]?.left).toEqual([{ kind: 'socket', detail: 'a host name is being looked up' }]);
  });

  it('excludes an idle keep-alive connection', async () => {
    const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const source = `
      import { once } from 'node:events';
      import { get, globalAgent } from 'node:http';
      const [response] = await once(get('http://127.0.0.1:${port}'), 'response');
      await once(response.resume(), 'end');
      console.log(Object.values(globalAgent.freeSockets).flat().length, 'idle');`;
    const { report, output } = await preloaded(around(source, ESM), ALL);

    expect(output).toBe('1 idle');
    expect(report.packages[1]?.left).toEqual([]);
  });

  it.each<[what: string, source: string]>([
    ['a timer', 'setInterval(() => {}, 1000)'],
    ['output', "process.stdout.write('b'); process.stderr.write('b')"],
    ['a log', "require('fs').openSync(__dirname + '/b.log', 'a')"],
    ['a file that was read', "require('fs').readFileSync(__filename)"],
    ['a descriptor opened with O_PATH', "require('fs').openSync(__filename, 0o10000000)"],
    ['what it has closed', "require('fs').watch(__dirname).close(); require('net').createServer().listen(0).close()"],
    ['a child that has ended', `${AWAIT} await once((await import('node:child_process')).spawn('true'), 'exit')`],
    ['a child that was killed', `${AWAIT} await once((await import('node:child_process')).exec('kill $$'), 'exit')`],
    [
      'a thread that has ended',
      `${AWAIT} await once(new (await import('node:worker_threads')).Worker('', { eval: true }), 'exit')`,
    ],
    ['a permanent directory', "require('fs').mkdirSync(__dirname + '/logs/b', { recursive: true })"],
    ['a temporary directory that is gone', "require('fs').rmdirSync(require('fs').mkdtempSync(__dirname + '/b-'))"],
    ['a device', "require('fs').openSync('/dev/null', 'r+')"],
    ['a child that did not start', "require('child_process').spawn('/no/such').on('error', () => {})"],
    ['work in the thread pool', "require('crypto').pbkdf2('a', 'b', 1, 8, 'sha1', () => {})"],
    ['a polled file', "require('fs').watchFile(__filename, () => {})"],
    ['signal handlers', "process.on('SIGTERM', () => {})"],
  ])('excludes what does no harm: %s', async (_what, source) => {
    const { report } = await preloaded(around(source, source.startsWith(AWAIT) ? ESM : {}), ALL);

    expect(report.failed).toEqual([]);
    expect(report.packages.flatMap(({ left }) => left)).toEqual([]);
  });
});

describe('the application', () => {
  it('is loaded by the paths of its modules, and a worker gets the same modules', async () => {
    const files = {
      'first.mjs': 'globalThis.count = (globalThis.count ?? 0) + 1; export const count = globalThis.count;',
      'second.cjs': 'exports.count = ++globalThis.count;',
    };
    const job = { application: true, modules: ['first.mjs', 'second.cjs'], after: 'first.mjs' };
    const { report, order, later } = await preloaded(files, job);

    expect(order).toEqual([expect.stringMatching(/\/first\.mjs$/), expect.stringMatching(/\/second\.cjs$/)]);
    expect(report.packages).toHaveLength(2);
    expect(later).toEqual({ count: 1 });
  });

  it.each([
    ['throws', "throw new Error('no database')", 'Error: no database'],
    ['exits', 'process.exit(1)', 'Error: it called process.exit(1)'],
  ])('fails in the name of the module that %s', async (_how, source, message) => {
    const files = { 'first.mjs': '', 'second.mjs': source };
    const { report } = await preloaded(files, { application: true, modules: ['first.mjs', 'second.mjs'] });

    expect(report.failed).toMatchObject([
      { name: expect.stringMatching(/\/second\.mjs$/), message, stack: expect.stringContaining('second.mjs') },
    ]);
  });

  it('keeps its onFork hooks', async () => {
    const files = {
      'jobs.mjs': "import { onFork, worker } from 'dyno-swarm'; onFork(() => {}); export const mode = worker.mode;",
      'after.mjs': "export const hooks = globalThis[Symbol.for('dyno-swarm.registry.1')].fork.length;",
      'node_modules/dyno-swarm/package.json': { type: 'module', exports: './index.js' },
      'node_modules/dyno-swarm/index.js': `export * from ${JSON.stringify(new URL('../../../../dist/index.js', import.meta.url).href)};`,
    };
    const { later } = await preloaded(files, { application: true, modules: ['jobs.mjs'], after: 'after.mjs' });

    expect(later).toEqual({ hooks: 1 });
  });
});
