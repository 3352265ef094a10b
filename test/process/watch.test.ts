import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { application, type Files } from '../support/application.ts';
import { has } from '../support/needs.ts';
import { untilStopped } from '../support/proc.ts';
import { kill } from '../support/processes.ts';
import { codeOf, deploy, release, reloads, stop, untilFailed, untilRunning } from '../support/releases.ts';
import { Swarm } from '../support/swarm.ts';

const PACKAGE = { 'package.json': { name: 'app' } };

/** A swarm with SWARM_WATCH, and the directory of its application. */
async function watching(files: Files, env: NodeJS.ProcessEnv = {}): Promise<{ swarm: Swarm; directory: string }> {
  const directory = await application({ ...PACKAGE, ...files });
  const swarm = new Swarm(['-r', './jobs.mjs'], { cwd: directory, env: { COUNT: '2', SWARM_WATCH: '1', ...env } });
  await swarm.event('worker.ready', 2);
  await swarm.event('watch');
  return { swarm, directory };
}

/** The cause of each rolling restart: "jobs.mjs changed". */
function causes(swarm: Swarm): string[] {
  return reloads(swarm, 'info').flatMap((msg) => /^(.*): starting generation \d+ /.exec(msg)?.[1] ?? []);
}

/**
 * Proves that earlier changes had no effect: events arrive in order, so once a later change has taken effect, they
 * never will.
 */
async function untilTouched(swarm: Swarm, directory: string, generation: number): Promise<void> {
  await writeFile(join(directory, 'touched.json'), `${generation}`);
  await untilRunning(swarm, generation);
}

test('the log says after the boot line what is watched', async () => {
  const { swarm, directory } = await watching({ ...release('one'), 'README.md': '', 'lib/a.js': '', 'tmp/b.js': '' });
  expect((await swarm.event('watch')).msg).toBe(
    `watching 3 files in ${directory}: when one changes, workers are replaced`,
  );
  expect(swarm.log[0]?.event).toBe('boot');
  await stop(swarm);
});

describe('a rolling restart follows', () => {
  test.each<[what: string, change: (at: (path: string) => string) => Promise<unknown>, cause: string]>([
    ['a file written in place', (at) => writeFile(at('lib/a.mjs'), 'export {};'), 'lib/a.mjs changed'],
    [
      'a file replaced by rename, as editors save',
      async (at) => {
        await writeFile(at('lib/a.mjs.new'), 'export {};');
        await rename(at('lib/a.mjs.new'), at('lib/a.mjs'));
      },
      'lib/a.mjs changed',
    ],
    ['a removed file', (at) => rm(at('lib/a.mjs')), 'lib/a.mjs changed'],
    ['an added file', (at) => writeFile(at('lib/b.json'), '{}'), 'lib/b.json changed'],
    ['a file behind a symbolic link', (at) => writeFile(at('elsewhere/c.mjs'), 'export {};'), 'linked/c.mjs changed'],
    ['a file with control characters in its name', (at) => writeFile(at('a\u001b[31m\nb.js'), ''), 'a b.js changed'],
    ['a change of .env', (at) => writeFile(at('.env'), 'A=1'), '.env changed'],
  ])('%s', async (_what, change, cause) => {
    const outside = await application({ 'c.mjs': '' });
    const { swarm, directory } = await watching({ ...release('one'), 'lib/a.mjs': '' });
    await symlink(outside, join(directory, 'linked'));
    await untilRunning(swarm, 2);
    await change((path) => (path.startsWith('elsewhere/') ? join(outside, path.slice(10)) : join(directory, path)));
    await untilRunning(swarm, 3);
    // On a slow machine one write can cause two events.
    expect(new Set(causes(swarm).slice(1))).toEqual(new Set([cause]));
    await stop(swarm);
  });
});

test('every change counts, also in a file that replaced another and in a new directory', async () => {
  const { swarm, directory } = await watching(release('one'));
  for (const [index, version] of ['two', 'three', 'four'].entries()) {
    await deploy(directory, { 'jobs.mjs.new': release(version)['jobs.mjs'] });
    await rename(join(directory, 'jobs.mjs.new'), join(directory, 'jobs.mjs'));
    await untilRunning(swarm, index + 2);
  }
  expect(codeOf(swarm, 4)).toEqual([0, 1].map((index) => `${index} four one 4 4`));
  await mkdir(join(directory, 'new/deep'), { recursive: true });
  await writeFile(join(directory, 'new/deep/a.mjs'), '');
  await untilRunning(swarm, 5);
  await writeFile(join(directory, 'new/deep/a.mjs'), 'export {};');
  await untilRunning(swarm, 6);
  expect(causes(swarm)).toEqual([
    ...['jobs.mjs changed', 'jobs.mjs changed', 'jobs.mjs changed'],
    ...['new/deep/a.mjs changed', 'new/deep/a.mjs changed'],
  ]);
  await stop(swarm);
});

test('a watched directory can be replaced repeatedly, or be removed and created again', async () => {
  const says = `writeSync(1, 'built ' + (await import(process.cwd() + '/dist/lib/a.mjs')).default + '\\n');`;
  const built = (version: number) => ({ 'dist/lib/a.mjs': `export default ${version};` });
  const files = { ...release('one', says), ...built(1) };
  const { swarm, directory } = await watching(files, { SWARM_WATCH: 'dist' });
  const at = (path: string) => join(directory, path);
  const untilBuilt = (version: number) =>
    swarm.until(`version ${version}`, () => swarm.said('built').includes(`built ${version}`));
  for (const version of [2, 4, 6]) {
    await mkdir(at('next/lib'), { recursive: true });
    await writeFile(at('next/lib/a.mjs'), `export default ${version};`);
    await rename(at('dist'), at(`dist-${version}`));
    await rename(at('next'), at('dist'));
    await untilBuilt(version);
    await deploy(directory, built(version + 1));
    await untilBuilt(version + 1);
  }
  await rm(at('dist'), { recursive: true });
  await untilFailed(swarm);
  await mkdir(at('dist/lib'), { recursive: true });
  await deploy(directory, built(8));
  await untilBuilt(8);
  await stop(swarm);
});

test('symbolic links that form a cycle are followed once', async () => {
  const links = { 'lib/a.mjs': '', 'lib/up': '-> .', 'lib/top': '-> .', 'lib/here': '-> lib' };
  const { swarm, directory } = await watching({ ...release('one'), ...links });
  expect((await swarm.event('watch')).msg).toMatch(/^watching 3 files /);
  await writeFile(join(directory, 'lib/a.mjs'), 'export {};');
  await untilRunning(swarm, 2);
  expect(swarm.events('watch')).toHaveLength(1);
  await stop(swarm);
});

test('a thousand files that change together cause one rolling restart', async () => {
  const paths = Array.from({ length: 1000 }, (_, number) => `lib/${number % 30}/${number}.mjs`);
  const before = Object.fromEntries(paths.map((path) => [path, 'export default 1;']));
  const { swarm, directory } = await watching({ ...release('one'), ...before });
  // With swarm suspended, they change together even on a slow machine.
  swarm.signal('SIGSTOP');
  await untilStopped(swarm, swarm.pid);
  await Promise.all(paths.map((path) => writeFile(join(directory, path), 'export default 2;')));
  swarm.signal('SIGCONT');
  await untilRunning(swarm, 2);
  await untilTouched(swarm, directory, 3);
  expect(causes(swarm)).toEqual([expect.stringMatching(/^lib\/\S+ and other files changed$/), 'touched.json changed']);
  await stop(swarm);
});

test('files that are not code of the application can change', async () => {
  const { swarm, directory } = await watching({
    ...release('one'),
    'README.md': '',
    'tmp/x.js': '',
    '.git/HEAD.js': '',
  });
  for (const path of ['README.md', 'logo.png', 'node_modules/shared/index.js', 'tmp/x.js', '.git/HEAD.js']) {
    await writeFile(join(directory, path), 'changed');
  }
  await writeFile(join(directory, 'node_modules/shared/index.js'), "module.exports = 'two';");
  await untilTouched(swarm, directory, 2);
  expect(causes(swarm)).toEqual(['touched.json changed']);
  // The next mold has loaded the packages again.
  expect(codeOf(swarm, 2)).toEqual([0, 1].map((index) => `${index} one two 2 2`));
  await stop(swarm);
});

test('with SWARM_PRELOAD_APP, workers also run the saved code', async () => {
  const { swarm, directory } = await watching(release('one'), { SWARM_PRELOAD_APP: '1' });
  await deploy(directory, release('two'));
  await untilRunning(swarm, 2);
  expect(codeOf(swarm, 2)).toEqual([0, 1].map((index) => `${index} two two 2 2`));
  await stop(swarm);
});

describe('code that cannot run', () => {
  test('leaves the old workers running, is explained once, and is followed by the next code that can', async () => {
    const { swarm, directory } = await watching(release('one'));
    await deploy(directory, { 'jobs.mjs': 'export default (' });
    expect(await untilFailed(swarm)).toMatch(
      /SyntaxError: .*\. The workers stay as they are; swarm tries again at the next change/,
    );
    expect(swarm.errors.filter((line) => line.startsWith('SyntaxError: '))).toHaveLength(1);
    await deploy(directory, { 'jobs.mjs': "throw new Error('no such key');" });
    expect(await untilFailed(swarm, 2)).toMatch(/Error: no such key/);
    expect(swarm.events('worker.exit').filter(({ level }) => level === 'info')).toEqual([]);
    await deploy(directory, release('two'));
    await untilRunning(swarm, 4);
    expect(codeOf(swarm, 4)).toEqual([0, 1].map((index) => `${index} two two 4 4`));
    await stop(swarm);
  });

  test('any longer after it was ready is replaced on the next change, without a backoff', async () => {
    const { swarm, directory } = await watching(release('one'));
    const prelude = `process.on('SIGWINCH', () => process.exit(3));`;
    await deploy(directory, { 'jobs.mjs': release('two', prelude)['jobs.mjs'] });
    await untilRunning(swarm, 2);
    for (const { pid } of swarm.events('worker.ready').slice(-2)) kill(pid as number, 'SIGWINCH');
    await swarm.until(
      'the exit of both workers',
      () => swarm.events('worker.exit').filter(({ status }) => status === 3).length === 2,
    );
    await deploy(directory, { 'jobs.mjs': release('three')['jobs.mjs'] });
    await untilRunning(swarm, 3);
    expect(codeOf(swarm, 3)).toEqual([0, 1].map((index) => `${index} three one 3 3`));
    await stop(swarm);
  });
});

test('SWARM_WATCH=src,data.yaml watches only these', async () => {
  const files = { ...release('one'), 'src/tmp/a.js': '', 'src/a.js': '', 'data.yaml': '' };
  const { swarm, directory } = await watching(files, { SWARM_WATCH: 'src,data.yaml' });
  await deploy(directory, release('two'));
  await writeFile(join(directory, 'data.yaml'), 'a: 1');
  await untilRunning(swarm, 2);
  await writeFile(join(directory, 'src/a.js'), 'let a;');
  await untilRunning(swarm, 3);
  expect(causes(swarm)).toEqual(['data.yaml changed', 'src/a.js changed']);
  await stop(swarm);
});

test.runIf(has('user namespaces', 'the limit of inotify watches'))(
  'if the system refuses more watches, one warning says so, and the swarm keeps running',
  async () => {
    const files = Object.fromEntries(Array.from({ length: 50 }, (_, number) => [`lib/${number}.mjs`, '']));
    const limited = 'echo 10 > /proc/sys/user/max_inotify_watches && exec "$@"';
    const swarm = new Swarm(['-r', './jobs.mjs'], {
      cwd: await application({ ...PACKAGE, ...release('one'), ...files }),
      env: { COUNT: '2', SWARM_WATCH: '1' },
      prefix: ['unshare', '--user', '--map-root-user', 'sh', '-c', limited, 'sh'],
    });
    await swarm.event('worker.ready', 2);
    await swarm.event('watch', 2);
    expect(swarm.events('watch').map(({ level, msg }) => [level, msg])).toEqual([
      [
        'warn',
        expect.stringMatching(/^not all files are watched, .* \(ENOSPC\): swarm runs on, but misses changes\. Raise /),
      ],
      ['info', expect.stringMatching(/^watching 52 files /)],
    ]);
    expect(swarm.log[0]?.event).toBe('boot');
    await stop(swarm);
  },
);

test('a quiet swarm no longer reacts to changes, and stops cleanly', async () => {
  const { swarm, directory } = await watching(release('one'));
  swarm.signal('SIGTSTP');
  await swarm.event('quiet');
  await deploy(directory, release('two'));
  // Events stay in order: the change would take effect before the messages of the workers.
  await swarm.event('worker.quiet', 2);
  expect(reloads(swarm, 'info')).toEqual([]);
  await stop(swarm);
  expect(swarm.events('reload')).toEqual([]);
});

describe('SWARM_WATCH', () => {
  test('with a missing path is an error, also in swarm plan', async () => {
    const directory = await application({ ...PACKAGE, ...release('one') });
    const sentence = `swarm: SWARM_WATCH="lib" cannot be watched: there is no ${directory}/lib. Give 1, or paths that exist.`;
    for (const args of [
      ['-r', './jobs.mjs'],
      ['plan', '-r', './jobs.mjs'],
    ]) {
      const swarm = new Swarm(args, { cwd: directory, env: { SWARM_WATCH: 'lib' } });
      expect(await swarm.exited).toEqual({ code: 78, signal: null });
      expect(swarm.errors).toEqual([sentence]);
    }
  });

  test('in production causes a warning', async () => {
    const { swarm } = await watching(release('one'), { NODE_ENV: 'production' });
    const [warning] = swarm.events('boot').filter(({ level }) => level === 'warn');
    expect(warning?.msg).toMatch(
      /^SWARM_WATCH is for development, but this looks like production \(NODE_ENV=production\)/,
    );
    await stop(swarm);
  });

  test('has no effect in inline mode, where Node itself can watch', async () => {
    const directory = await application(release('one'));
    const swarm = new Swarm(['-r', './jobs.mjs'], { cwd: directory, env: { SWARM_MODE: 'inline', SWARM_WATCH: '1' } });
    await swarm.heard('runs');
    expect(swarm.errors).toEqual([
      "swarm: SWARM_WATCH has no effect in inline mode: start swarm with Node's own --watch instead",
    ]);
  });

  test('is listed by swarm plan', async () => {
    const directory = await application({ ...PACKAGE, ...release('one') });
    const env = { SWARM_WATCH: '1', SWARM_MAXAGE: '60', SWARM_LISTEN: '127.0.0.1:9394' };
    const swarm = new Swarm(['plan', '-r', './jobs.mjs'], { cwd: directory, env });
    await swarm.exited;
    expect(swarm.lines).toContain(`swarm replaces the workers when a file in ${directory} changes.`);
    expect(swarm.lines).toContainEqual(expect.stringMatching(/^ {2}SWARM_WATCH +true +SWARM_WATCH$/));
    expect(swarm.lines).toContainEqual(expect.stringMatching(/^ {2}SWARM_MAXAGE +60 s +SWARM_MAXAGE$/));
    expect(swarm.lines).toContainEqual(expect.stringMatching(/^ {2}SWARM_LISTEN +127\.0\.0\.1:9394 +SWARM_LISTEN$/));
  });
});
