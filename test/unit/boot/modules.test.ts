import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { resolveModule } from '../../../src/boot/modules.ts';
import { ApplicationError } from '../../../src/config/errors.ts';

let directory: string;

beforeEach(() => {
  // Characters that a directory name can contain, but a URL cannot.
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'swarm modules #1 100%25 ü ')));
  onTestFinished(() => rmSync(directory, { recursive: true }));
});

function write(path: string, content: object | string = ''): string {
  const absolute = join(directory, path);
  mkdirSync(dirname(absolute), { recursive: true });
  writeFileSync(absolute, typeof content === 'string' ? content : JSON.stringify(content));
  return absolute;
}

async function refusalOf(name: string): Promise<string> {
  const refusal: unknown = await resolveModule(name, directory).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(ApplicationError);
  expect(refusal).toHaveProperty('status', 1);
  return (refusal as ApplicationError).message;
}

describe('a file', () => {
  it.each<[name: string, file: string]>([
    ['./jobs.js', 'jobs.js'],
    ['jobs.js', 'jobs.js'],
    ['lib/../lib/jobs.js', 'lib/jobs.js'],
    ['lib/mail jobs.js', 'lib/mail jobs.js'],
    ['Procfile', 'Procfile'],
    ['jobs.v2', 'jobs.v2.js'],
    ...['js', 'mjs', 'cjs', 'ts', 'mts', 'cts'].map((type): [string, string] => ['jobs', `jobs.${type}`]),
    ['./lib/jobs', 'lib/jobs.ts'],
  ])('is found: -r %j is %s', async (name, file) => {
    const path = write(file);

    expect(await resolveModule(name, directory)).toBe(path);
  });

  it('is found by its absolute path, wherever it is', async () => {
    const path = write('elsewhere/jobs.js');

    expect(await resolveModule(path, join(directory, 'node_modules'))).toBe(path);
    expect(await resolveModule(path.slice(0, -'.js'.length), '/')).toBe(path);
  });

  it('is found above the working directory', async () => {
    const path = write('jobs.js');

    expect(await resolveModule('../jobs.js', join(directory, 'lib'))).toBe(path);
  });

  it('wins by its exact name', async () => {
    const path = write('jobs');
    write('jobs.js');

    expect(await resolveModule('jobs', directory)).toBe(path);
  });

  it('wins over a folder of the same name', async () => {
    const path = write('jobs.js');
    write('jobs/index.js');

    expect(await resolveModule('jobs', directory)).toBe(path);
  });

  it.each([
    ['mail', 'mail.js'],
    ['mail', 'mail.mjs'],
    ['mail.js', 'mail.js'],
    ['./mail', 'mail.ts'],
  ])('wins over a package of the same name: -r %s is %s', async (name, file) => {
    const path = write(file);
    write('node_modules/mail/index.js');

    expect(await resolveModule(name, directory)).toBe(path);
  });
});

describe('a folder', () => {
  it.each(['jobs', './jobs', 'jobs/'])('is its index.js: -r %s', async (name) => {
    const path = write('jobs/index.js');

    expect(await resolveModule(name, directory)).toBe(path);
  });

  it('is the `main` of its package.json', async () => {
    write('jobs/package.json', { main: 'lib/start.js' });
    const path = write('jobs/lib/start.js');

    expect(await resolveModule('./jobs', directory)).toBe(path);
  });

  it('does not hide a package if it has nothing to load', async () => {
    write('mail/readme.md');
    const path = write('node_modules/mail/index.js');

    expect(await resolveModule('mail', directory)).toBe(path);
  });
});

describe('a package', () => {
  it.each<[kind: string, name: string, files: Record<string, object | string>, entry: string]>([
    ['an index.js', 'mail', {}, 'mail/index.js'],
    ['a `main`', 'mail', { 'mail/package.json': { main: './lib/mail.cjs' } }, 'mail/lib/mail.cjs'],
    ['a scope', '@acme/mail', {}, '@acme/mail/index.js'],
    ['a path below it', 'mail/jobs', {}, 'mail/jobs.js'],
    ['an export', 'mail/jobs', { 'mail/package.json': { exports: { './jobs': './src/a.js' } } }, 'mail/src/a.js'],
    [
      'only an `import` export',
      'mail',
      { 'mail/package.json': { exports: { import: './mail.mjs' } } },
      'mail/mail.mjs',
    ],
    [
      'only an `import` export below it',
      'mail/jobs',
      { 'mail/package.json': { exports: { './jobs': { import: './jobs.mjs' } } } },
      'mail/jobs.mjs',
    ],
  ])('is found with %s: -r %s', async (_kind, name, files, entry) => {
    for (const [path, content] of Object.entries(files)) write(`node_modules/${path}`, content);
    const path = write(`node_modules/${entry}`);

    expect(await resolveModule(name, directory)).toBe(path);
  });

  it('is found in a node_modules above the working directory', async () => {
    const path = write('node_modules/mail/index.js');
    write('apps/worker/package.json', {});

    expect(await resolveModule('mail', join(directory, 'apps/worker'))).toBe(path);
  });
});

describe('a missing module', () => {
  it.each(['./jobs.js', 'jobs', 'lib/jobs.js', '/no/such/jobs.js', '..', '@acme/mail', 'a b', '%', '#!'])(
    'is an error that names -r, the name and the path: -r %s',
    async (name) => {
      const message = await refusalOf(name);

      expect(message).toContain(`-r ${name} was not found`);
      expect(message).toContain(join(directory, name === '..' ? '..' : '').replace(/\/$/, ''));
    },
  );

  it('is not looked for among packages if the name is a path', async () => {
    write('node_modules/mail/index.js');

    expect(await refusalOf('./mail')).toContain(join(directory, 'mail'));
  });

  it('can be a package with an `import` export of a missing file', async () => {
    write('node_modules/mail/package.json', { exports: { import: './missing.mjs' } });

    await refusalOf('mail');
  });

  it.each(['fs', 'node:fs', 'worker_threads', 'process'])('can be a built-in module: -r %s', async (name) => {
    expect(await refusalOf(name)).toContain(`-r ${name} was not found`);
  });

  it('can be a path through a file', async () => {
    write('jobs.js');

    await refusalOf('jobs.js/mail');
  });

  it('can be a symbolic link to itself', async () => {
    symlinkSync('jobs', join(directory, 'jobs'));

    await refusalOf('./jobs');
  });

  it('can have a name longer than any file name', async () => {
    await refusalOf('x'.repeat(300));
  });
});
