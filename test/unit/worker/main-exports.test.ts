import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadingWorker } from './loading-worker.ts';

const require = createRequire(import.meta.url);

describe('a default-exported function', () => {
  it.each<[kind: string, file: string, source: string]>([
    ['an ES module', 'a.mjs', 'export const calls = []; export default function (...args) { calls.push(args) }'],
    ['an async function', 'b.mjs', 'export const calls = []; export default async (...args) => { calls.push(args) }'],
    [
      'CommonJS',
      'c.cjs',
      'const calls = []; module.exports = (...args) => calls.push(args); module.exports.calls = calls',
    ],
    [
      'CommonJS `default`',
      'd.cjs',
      'exports.default = (...args) => exports.calls.push(args); exports.calls = []; exports.__esModule = true',
    ],
    [
      'CommonJS `default` without `__esModule`',
      'd.cjs',
      'module.exports = { calls: [], default: (...args) => module.exports.calls.push(args) }',
    ],
    [
      'a method with a class-like name',
      'e.mjs',
      'export const calls = []; const classify = { classify(...args) { calls.push(args) } }; export default classify.classify',
    ],
    [
      'a function with a class-like argument',
      'f.mjs',
      'export const calls = []; export default classes => { calls.push([classes]) }',
    ],
  ])('is called with the worker API: %s', async (_kind, file, source) => {
    const { api, link, run, exportsOf } = await loadingWorker();
    await run({ [file]: source });

    const { calls } = (await exportsOf(file)) as { calls: unknown[][] };
    expect(calls).toHaveLength(1);
    expect(calls[0]).toHaveLength(1);
    const [context] = calls[0] as [Record<string, unknown>];
    const { onFork, onQuiet, onStop, drain } = api;
    expect(context).toMatchObject({ onFork, onQuiet, onStop, drain });
    expect(context['worker']).toBe(api.worker);
    expect(context['stopSignal'] === api.stopSignal).toBe(true);
    expect(context['quietSignal'] === api.quietSignal).toBe(true);
    expect(link.types).toEqual(['online', 'ready']);
  });

  it('is awaited before the worker is ready', async () => {
    const { registry, link, run } = await loadingWorker();
    await run({ 'a.mjs': 'export default async ({ onStop }) => { await null; onStop(() => {}) }' });

    expect(registry.stop).toHaveLength(1);
    expect(link.types).toEqual(['online', 'ready']);
  });

  it.each<[what: string, source: string, drained: string[]]>([
    ['a service', 'class Mail { close() {} } export default () => new Mail()', ['Mail']],
    ['the promise of a service', 'class Mail { stop() {} } export default async () => new Mail()', ['Mail']],
    ['an array', 'class A { close() {} } class B { stop() {} } export default () => [new A(), new B()]', ['A', 'B']],
    ['an array with the promise of a loop', 'export default () => [new Promise(() => {}), 7, null]', ['a promise']],
    ['nothing', 'export default () => {}', []],
    ['no service', 'export default () => ({ name: "jobs" })', []],
  ])('can return services to drain: %s', async (_what, source, drained) => {
    const { run, services } = await loadingWorker();
    await run({ 'a.mjs': source });

    expect(services()).toEqual(drained);
  });
});

describe('a default export that cannot be called', () => {
  const CLASS = 'class Jobs { constructor() { throw new Error("it was called") } }';

  it.each<[kind: string, file: string, source: string]>([
    ['a class', 'a.mjs', `export default ${CLASS}`],
    ['a class', 'b.mjs', 'export default class{constructor(){throw 0}}'],
    ['a class', 'c.cjs', `module.exports = ${CLASS}`],
    ['a class', 'd.cjs', `exports.__esModule = true; exports.default = ${CLASS}`],
    ['a class', 'e.cjs', `exports.default = ${CLASS}`],
    ['a class', 'f.mjs', 'export default class { static listen() {} }'],
    ['a class', 'g.mjs', 'export const queue = "mail"; export default class extends Array {}'],
    ['a generator function', 'h.mjs', 'export default function* () { throw 0 }'],
    ['a generator function', 'i.cjs', 'module.exports = async function* () { throw 0 }'],
  ])('is rejected: %s, in %s', async (kind, file, source) => {
    const { link, fake, run, directory } = await loadingWorker();
    await run({ [file]: source });

    expect(link.types).toEqual(['online', 'failed']);
    expect(link.of('failed').at(-1)).toMatchObject({
      failure: {
        module: join(directory, file),
        while: 'calling the default export of',
        message: expect.stringMatching(new RegExp(`^TypeError: it is ${kind}, .* Export a function `)),
        stack: expect.not.stringContaining('    at '),
      },
    });
    expect(fake.exit).toHaveBeenCalledWith(1);
  });

  it('is accepted if the module exports a running service', async () => {
    const { link, run, services } = await loadingWorker();
    await run({ 'a.mjs': 'export default class Mail { stop() {} } export const mail = new Mail()' });

    expect(link.types).toEqual(['online', 'ready']);
    expect(services()).toEqual(['Mail']);
  });
});

describe('packages before the program', () => {
  const CALLED = 'exports.calls = []; exports.default = () => exports.calls.push(1);';
  const HOOK = `${CALLED} require.extensions['.of-this-test'] = () => {};`;

  it.each([
    ['a require hook', HOOK, []],
    ['any other package', CALLED, [1]],
  ])('are loaded, and called unless they are require hooks: %s', async (_, source, calls) => {
    const { link, run, exportsOf, directory } = await loadingWorker();
    // All modules of this test are below a node_modules directory. With this working directory, only the first is a package.
    const { cwd } = process;
    process.cwd = () => directory;
    onTestFinished(() => {
      Object.assign(process, { cwd });
      delete require.extensions['.of-this-test'];
    });
    await run({
      'node_modules/package.cjs': source,
      'a.mjs': 'export const calls = []; export default () => calls.push(1)',
    });

    expect(link.types).toEqual(['online', 'ready']);
    expect(await exportsOf('node_modules/package.cjs')).toMatchObject({ calls });
    expect(await exportsOf('a.mjs')).toMatchObject({ calls: [1] });
  });
});

describe('a default export that is not a function to call', () => {
  it.each<[kind: string, file: string, source: string]>([
    ['an Express application', 'f.cjs', 'module.exports = () => { throw 0 }; module.exports.listen = () => {}'],
    ['an object', 'e.mjs', 'export default { default: () => { throw 0 } }'],
    ['null', 'g.mjs', 'export default null'],
    ['nothing', 'h.mjs', 'export const start = () => { throw 0 }'],
  ])('is not called: %s', async (_kind, file, source) => {
    const { link, fake, run } = await loadingWorker();
    await run({ [file]: source });

    expect(link.types).toEqual(['online', 'ready']);
    expect(fake.exit).not.toHaveBeenCalled();
  });
});

describe('exported services', () => {
  it.each<[kind: string, file: string, source: string, drained: string[]]>([
    [
      'an ES module',
      'a.mjs',
      'class A { close() {} } class B { stop() {} } export const a = new A(), b = new B()',
      ['A', 'B'],
    ],
    ['the default export', 'b.mjs', 'class Mail { close() {} } export default new Mail()', ['Mail']],
    ['CommonJS', 'c.cjs', 'class Mail { close() {} } exports.mail = new Mail()', ['Mail']],
    ['`module.exports`', 'd.cjs', 'class Mail { close() {} } module.exports = new Mail()', ['Mail']],
    [
      'CommonJS `default`',
      'e.cjs',
      'class Mail { close() {} } exports.__esModule = true; exports.default = new Mail()',
      ['Mail'],
    ],
    [
      'exported under two names',
      'f.mjs',
      'class Mail { close() {} } const mail = new Mail(); export { mail, mail as default }',
      ['Mail'],
    ],
    [
      'exported and returned',
      'g.mjs',
      'class Mail { close() {} } export const mail = new Mail(); export default () => mail',
      ['Mail'],
    ],
    ['but not a promise', 'h.mjs', 'export const settings = Promise.resolve({})', []],
  ])('are each drained once: %s', async (_kind, file, source, drained) => {
    const { run, services } = await loadingWorker();
    await run({ [file]: source });

    expect(services()).toEqual(drained);
  });
});
