import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { toFailure } from '../../../src/worker/failure.ts';

/** Loads the first of these modules as a worker does, and returns the failure. */
async function failureOfLoading(modules: Record<string, string>) {
  // In node_modules, because there vitest lets Node load the modules.
  const directory = join(mkdtempSync(join(tmpdir(), 'swarm-failure-')), 'node_modules', 'a b');
  onTestFinished(() => rmSync(dirname(dirname(directory)), { recursive: true }));
  mkdirSync(directory, { recursive: true });
  const paths = Object.keys(modules).map((name) => join(directory, name));
  for (const [name, source] of Object.entries(modules)) writeFileSync(join(directory, name), source);
  const [module = ''] = paths;
  try {
    await import(pathToFileURL(module).href);
  } catch (error) {
    return toFailure(error, module);
  }
  throw new Error('it can be loaded');
}

describe('an error', () => {
  it('is reported with its name and message, and with everything that Node prints', () => {
    const error = new RangeError('no queue', { cause: new Error('no network') });

    const { message, stack } = toFailure(error, '/app/jobs.js');

    expect(message).toBe('RangeError: no queue');
    expect(stack).toMatch(/^RangeError: no queue\n {4}at .*\[cause\]: Error: no network/s);
  });

  it.each([
    ['no queue', "it threw 'no queue'"],
    [undefined, 'it threw undefined'],
    [null, 'it threw null'],
    [{ code: 7 }, 'it threw { code: 7 }'],
  ])('can be anything that can be thrown: %o', (thrown, message) => {
    expect(toFailure(thrown, '/app/jobs.js').message).toBe(message);
  });

  it('comes with advice if this Node cannot run TypeScript', () => {
    const error = new TypeError('Unknown file extension ".ts" for /app/jobs.ts');
    const unknownExtension = Object.assign(error, { code: 'ERR_UNKNOWN_FILE_EXTENSION' });

    expect(toFailure(unknownExtension, '/app/jobs.ts').message).toMatch(/does not run TypeScript: use Node 22/);
    expect(toFailure(new TypeError('of my own in jobs.ts'), '/app/jobs.ts').message).not.toMatch(/Node 22/);
  });
});

describe('a syntax error', () => {
  it.each<[where: string, place: string, modules: Record<string, string>]>([
    ['an ES module', 'bad.mjs:2', { 'bad.mjs': '\nconst = 1' }],
    ['a CommonJS module', 'bad.cjs:2', { 'bad.cjs': '\nconst = 1' }],
    ['a required CommonJS module', 'bad.cjs:2', { 'a.cjs': 'require("./bad.cjs")', 'bad.cjs': '\nconst = 1' }],
    ['an imported ES module', 'bad.mjs:2', { 'a.mjs': 'import "./bad.mjs"', 'bad.mjs': '\nconst = 1' }],
    ['an import of a missing export', 'bad.mjs:2', { 'bad.mjs': '\nimport { x } from "./a.mjs"', 'a.mjs': '' }],
  ])('is reported with its location: in %s', async (_where, place, modules) => {
    const { message, stack } = await failureOfLoading(modules);

    expect(message).toMatch(/^SyntaxError: /);
    expect(stack).toContain(place);
    expect(stack).toContain('SyntaxError: ');
  });

  it('thrown at runtime is an error like any other', async () => {
    const { stack } = await failureOfLoading({ 'a.cjs': 'JSON.parse("{")' });

    expect(stack).toMatch(/^SyntaxError: .*JSON.*a\.cjs:1/s);
  });
});

describe('a package that is not installed', () => {
  it.each([
    ['import', { 'a.mjs': "import 'zod/mini'" }],
    ['require', { 'a.cjs': "require('zod/mini')" }],
    ['require of another file', { 'a.cjs': "require('./b.cjs')", 'b.cjs': "require('zod/mini')" }],
  ])('gets one line of advice after a failed %s', async (_how, modules) => {
    const { message, stack } = await failureOfLoading(modules as Record<string, string>);

    expect(message).toMatch(/^Error: Cannot find (package|module) .*\. zod is not installed, .*: run npm install zod$/);
    expect(message).not.toContain('\n');
    expect(stack).toContain('zod');
  });

  it('gets no advice if it is a file', async () => {
    const { message } = await failureOfLoading({ 'a.mjs': "import './gone.mjs'" });

    expect(message).toMatch(/^Error: Cannot find module '.*gone\.mjs' imported from .*a\.mjs$/);
  });
});
