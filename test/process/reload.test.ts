import { existsSync, readFileSync } from 'node:fs';
import { rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { application } from '../support/application.ts';
import { kill } from '../support/processes.ts';
import { MODE, Swarm } from '../support/swarm.ts';

const CLEAN = { code: 0, signal: null };

/** A release: a module, and a package that it imports. Each worker says which of both it runs. */
function release(version: string, prelude = '') {
  return {
    'jobs.mjs': `
      import { existsSync, writeSync } from 'node:fs';
      import { setTimeout as sleep } from 'node:timers/promises';
      import shared from 'shared';
      export default async function ({ worker, stopSignal }) {
        ${prelude}
        const work = setInterval(() => {}, 60_000);
        stopSignal.addEventListener('abort', () => clearInterval(work));
        const variable = process.env.SWARM_GENERATION;
        writeSync(1, \`runs \${worker.index} ${version} \${shared} \${worker.generation} \${variable} \${process.cwd()}\\n\`);
      }`,
    'node_modules/shared/index.js': `module.exports = '${version}';`,
  };
}

/** Its workers become ready when there is a file `go`. Until then they say that they wait. */
const GATE = `writeSync(1, 'waits ' + worker.index + '\\n'); while (!existsSync('go')) await sleep(10);`;

async function deploy(directory: string, files: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) await writeFile(join(directory, path), content);
}

async function deployed(env: NodeJS.ProcessEnv = {}, count = 3): Promise<{ swarm: Swarm; directory: string }> {
  const directory = await application(release('one'));
  const swarm = new Swarm(['-r', './jobs.mjs'], { cwd: directory, env: { COUNT: String(count), ...env } });
  await swarm.event('worker.ready', count);
  return { swarm, directory };
}

/** What the log says of reloads, by level. */
function reloads(swarm: Swarm, level: string): string[] {
  return swarm
    .events('reload')
    .filter((line) => line.level === level)
    .map(({ msg }) => msg);
}

async function untilRunning(swarm: Swarm, generation: number): Promise<void> {
  const done = new RegExp(`^generation ${generation} is running: `);
  await swarm.until(`generation ${generation}`, () => reloads(swarm, 'info').some((msg) => done.test(msg)));
}

async function untilFailed(swarm: Swarm, failures = 1): Promise<string> {
  await swarm.until('a reload that failed', () => reloads(swarm, 'error').length >= failures);
  return reloads(swarm, 'error')[failures - 1] as string;
}

/** What the workers of a generation run, one a worker, by index. */
function codeOf(swarm: Swarm, generation: number): string[] {
  const runs = swarm.said('runs').map((line) => line.split(' '));
  return runs
    .filter(([, , , , known]) => known === String(generation))
    .map((words) => words.slice(1, 6).join(' '))
    .sort();
}

function pidsReady(swarm: Swarm): (number | undefined)[] {
  return swarm.events('worker.ready').map(({ pid }) => pid);
}

function molds(swarm: Swarm): number[] {
  return swarm.processes().filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('swarm mold');
    } catch {
      return false;
    }
  });
}

/** Whoever was stopped had a successor that was ready, and there was never more than one process too many. */
function expectNobodyMissing(swarm: Swarm, count: number): void {
  const ready = new Set<number>();
  let processes = 0;
  for (const { event, level, pid = 0 } of swarm.log) {
    if (event === 'stop') return;
    if (event === 'worker.start' && level === 'info') processes += 1;
    if (event === 'worker.ready') ready.add(pid);
    if (event === 'worker.exit') {
      if (ready.has(pid)) expect(ready.size, 'the next one is ready').toBe(count + 1);
      ready.delete(pid);
      processes -= 1;
    }
    expect(processes, 'one process too many').toBeLessThanOrEqual(count + 1);
  }
}

async function stop(swarm: Swarm): Promise<void> {
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual(CLEAN);
  await swarm.gone();
}

describe.each(['SIGUSR2', 'SIGHUP'] as const)('%s', (signal) => {
  test('replaces each worker by one that runs the code as it is now, and nobody is ever missing', async () => {
    const { swarm, directory } = await deployed();
    const old = pidsReady(swarm);
    await deploy(directory, release('two'));
    swarm.signal(signal);
    await untilRunning(swarm, 2);
    expect(codeOf(swarm, 1)).toEqual([0, 1, 2].map((index) => `${index} one one 1 1`));
    expect(codeOf(swarm, 2)).toEqual([0, 1, 2].map((index) => `${index} two two 2 2`));
    expect(swarm.events('worker.exit').map(({ pid, status }) => [pid, status])).toEqual(
      expect.arrayContaining(old.map((pid) => [pid, 0])),
    );
    expect(reloads(swarm, 'info')).toEqual([
      `${signal}: generation 2 is made of the code as it is now, and the workers are replaced when it can boot`,
      expect.stringMatching(/^generation 2 is running: 3 workers renewed in [\d.]+ m?s$/),
    ]);
    await swarm.processesAre('no mold of before', () => molds(swarm).length <= 1);

    // Whoever dies now is replaced by the new code, also where the file is a third one by now.
    kill(pidsReady(swarm)[3] as number, 'SIGKILL');
    await swarm.event('worker.ready', 7);
    expect(codeOf(swarm, 2)).toHaveLength(4);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
  });
});

test('again and again: nobody is ever missing', async () => {
  const { swarm, directory } = await deployed();
  for (let generation = 2; generation <= 5; generation += 1) {
    await deploy(directory, release(`v${generation}`));
    swarm.signal('SIGUSR2');
    await untilRunning(swarm, generation);
    const code = `v${generation} v${generation} ${generation} ${generation}`;
    expect(codeOf(swarm, generation)).toEqual([0, 1, 2].map((index) => `${index} ${code}`));
  }
  await stop(swarm);
  expectNobodyMissing(swarm, 3);
  expect(swarm.events('worker.start')).toHaveLength(15);
});

describe('a release that does not boot leaves the old workers as they are, says why, and the next one runs', () => {
  const throwing = { 'node_modules/shared/index.js': "throw new Error('no such key');" };
  const cases: [what: string, files: Record<string, string>, env: NodeJS.ProcessEnv, why: RegExp, stack?: RegExp][] = [
    [
      'with a syntax error',
      { 'jobs.mjs': 'export default (' },
      {},
      /: its first worker failed while loading \S+\/jobs\.mjs: SyntaxError: /,
      /^SyntaxError: /m,
    ],
    [
      'with a package that throws, preloaded by name',
      throwing,
      { SWARM_PRELOAD: 'shared' },
      MODE === 'spawn'
        ? /: its first worker failed while loading \S+\/jobs\.mjs: Error: no such key/
        : /: preloading shared failed: Error: no such key/,
      /^Error: no such key$/m,
    ],
    [
      'with a module that throws, preloaded with the application',
      { 'jobs.mjs': "throw new Error('no such key');" },
      { SWARM_PRELOAD_APP: '1' },
      MODE === 'spawn'
        ? /: its first worker failed while loading /
        : /: preloading \S+\/jobs\.mjs failed: Error: no such key/,
      /^Error: no such key$/m,
    ],
    [
      'that never becomes ready',
      release('two', 'setInterval(() => {}, 60_000); await new Promise(() => {});'),
      { SWARM_BOOT_TIMEOUT: '4' },
      /: its first worker was not ready within 4 s \(SWARM_BOOT_TIMEOUT\)/,
    ],
    ['that exits', release('two', 'process.exit(3);'), {}, /: its first worker exited with status 3/],
  ];

  test.each(cases)('%s', async (_what, files, env, why, stack) => {
    const { swarm, directory } = await deployed(env);
    const old = pidsReady(swarm) as number[];
    await deploy(directory, files);
    swarm.signal('SIGUSR2');
    const message = await untilFailed(swarm);
    expect(message).toMatch(/^generation 2 failed: /);
    expect(message).toMatch(why);
    expect(message).toMatch(/\. The workers stay as they are; fix this, then restart again$/);
    if (stack) expect(swarm.errors.join('\n').match(new RegExp(stack, 'gm'))).toHaveLength(1);
    await swarm.processesAre('no mold of the failed generation', () => molds(swarm).length <= 1);
    expect(swarm.processes()).toEqual(expect.arrayContaining(old));
    expect(swarm.events('worker.exit').filter(({ pid }) => old.includes(pid as number))).toEqual([]);
    expect(pidsReady(swarm)).toEqual(old);

    await deploy(directory, release('three'));
    swarm.signal('SIGUSR2');
    await untilRunning(swarm, 3);
    expect(codeOf(swarm, 3)).toEqual([0, 1, 2].map((index) => `${index} three three 3 3`));
    expect(reloads(swarm, 'error')).toHaveLength(1);
    await stop(swarm);
    expectNobodyMissing(swarm, 3);
  });

  test('whose module is not there', async () => {
    const { swarm, directory } = await deployed();
    await rename(join(directory, 'jobs.mjs'), join(directory, 'away.mjs'));
    swarm.signal('SIGUSR2');
    expect(await untilFailed(swarm)).toMatch(/^generation 2 failed: -r \.\/jobs\.mjs was not found: /);
    await rename(join(directory, 'away.mjs'), join(directory, 'jobs.mjs'));
    swarm.signal('SIGUSR2');
    await untilRunning(swarm, 3);
    await stop(swarm);
  });
});

test('a reload that is asked for during another follows it, once', async () => {
  const { swarm, directory } = await deployed();
  await deploy(directory, release('two', GATE));
  swarm.signal('SIGUSR2');
  await swarm.heard('waits');
  await deploy(directory, release('three'));
  for (let times = 0; times < 3; times += 1) {
    swarm.signal('SIGHUP');
    // Signals of one kind that are not yet taken are one signal.
    swarm.signal('SIGUSR2');
  }
  await swarm.until('that it is taken', () => reloads(swarm, 'info').some((msg) => msg.includes('another follows')));
  await writeFile(join(directory, 'go'), '');
  await untilRunning(swarm, 3);
  expect(codeOf(swarm, 3)).toEqual([0, 1, 2].map((index) => `${index} three three 3 3`));
  await stop(swarm);
  expect(
    swarm
      .events('reload')
      .map(({ msg }) => msg)
      .filter((msg) => msg.includes('is made of')),
  ).toHaveLength(2);
  expectNobodyMissing(swarm, 3);
});

describe('in the middle of a reload', () => {
  /** Blocks whoever loads it: in fork mode the mold, which never gets ready then. */
  const BLOCKED = {
    'node_modules/shared/index.js':
      "require('node:fs').writeSync(1, 'blocks -\\n'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);",
  };

  /** With how many workers have been started by then. */
  const stages: [what: string, files: Record<string, string>, word: string, starts: number][] = [
    ['while the new code is loaded', BLOCKED, 'blocks', MODE === 'spawn' ? 4 : 3],
    ['while its first worker boots', release('two', GATE), 'waits', 4],
    ['while the last worker is replaced', release('two', `if (worker.index === 2) { ${GATE} }`), 'waits', 6],
  ];

  test.each(stages)('TERM stops everything, %s', async (_what, files, word) => {
    const { swarm, directory } = await deployed({ SWARM_PRELOAD: 'shared' });
    await deploy(directory, files);
    swarm.signal('SIGUSR2');
    await swarm.heard(word);
    swarm.signal('SIGTERM');
    await swarm.event('stop');
    // In spawn mode a worker that is blocked does not see TERM.
    if (word === 'blocks') for (const pid of unheard(swarm)) kill(pid, 'SIGKILL');
    expect(await swarm.exited).toEqual(CLEAN);
    await swarm.gone();
    expect(reloads(swarm, 'error')).toEqual([]);
  });

  test.each(stages)('a quiet swarm replaces nobody any more, %s', async (_what, files, word, starts) => {
    const { swarm, directory } = await deployed({ SWARM_PRELOAD: 'shared' });
    await deploy(directory, files);
    swarm.signal('SIGUSR2');
    await swarm.heard(word);
    // A worker may be heard before the supervisor has said that it is there.
    await swarm.event('worker.start', starts);
    swarm.signal('SIGUSR1');
    await swarm.event('worker.quiet', 3);
    await writeFile(join(directory, 'go'), '');
    await swarm.processesAre('no new mold', () => molds(swarm).length <= 1);
    swarm.signal('SIGUSR2');
    await swarm.until('the answer', () => reloads(swarm, 'warn').length > 0);
    expect(reloads(swarm, 'warn')[0]).toBe(
      'SIGUSR2: nothing is replaced, as no worker is started any more; swarm itself is to be restarted',
    );
    swarm.signal('SIGTERM');
    if (word === 'blocks') for (const pid of unheard(swarm)) kill(pid, 'SIGKILL');
    expect(await swarm.exited).toEqual(CLEAN);
    await swarm.gone();
    expect(swarm.events('worker.start')).toHaveLength(starts);
  });

  test('a worker that dies is replaced from the old generation before the new one has shown that it boots', async () => {
    const { swarm, directory } = await deployed();
    const victim = swarm.events('worker.ready').find(({ worker }) => worker === 1)?.pid as number;
    // The package and the module that it dies for are the new ones on disk. What was preloaded is the old one.
    await deploy(directory, release('two', `if (worker.generation === 2) { ${GATE} }`));
    swarm.signal('SIGUSR2');
    await swarm.heard('waits');
    kill(victim, 'SIGKILL');
    await swarm.event('worker.ready', 4);
    const shared = MODE === 'spawn' ? 'two' : 'one';
    expect(codeOf(swarm, 1)).toContain(`1 two ${shared} 1 1`);
    await writeFile(join(directory, 'go'), '');
    await untilRunning(swarm, 2);
    expect(codeOf(swarm, 2)).toEqual([0, 1, 2].map((index) => `${index} two two 2 2`));
    await stop(swarm);
  });

  test('the first worker is killed: that ends it, and the old ones stay', async () => {
    const { swarm, directory } = await deployed();
    await deploy(directory, release('two', GATE));
    swarm.signal('SIGUSR2');
    await swarm.heard('waits');
    kill((await swarm.event('worker.start', 4)).pid as number, 'SIGKILL');
    expect(await untilFailed(swarm)).toContain('its first worker was killed by SIGKILL');
    expect(swarm.events('worker.exit')).toHaveLength(1);
    await stop(swarm);
  });

  test('a later worker that fails is tried again, and the old one stays until one has come up', async () => {
    const { swarm, directory } = await deployed();
    await deploy(directory, release('two', "if (worker.index === 1 && !existsSync('go')) process.exit(3);"));
    swarm.signal('SIGUSR2');
    // Once at once, and then with a growing pause.
    await swarm.until('two attempts', () => reloads(swarm, 'error').length === 2);
    expect(reloads(swarm, 'error')[1]).toMatch(
      /^worker 1 \(.*\) stays: its replacement did not become ready\. Another is tried later$/,
    );
    await writeFile(join(directory, 'go'), '');
    await untilRunning(swarm, 2);
    expect(codeOf(swarm, 2)).toEqual([0, 1, 2].map((index) => `${index} two two 2 2`));
    await stop(swarm);
    expectNobodyMissing(swarm, 3);
  });

  test.skipIf(MODE === 'spawn')('both molds are killed: others are made', async () => {
    const { swarm, directory } = await deployed();
    await deploy(directory, release('two', GATE));
    swarm.signal('SIGUSR2');
    await swarm.heard('waits');
    for (const mold of molds(swarm)) kill(mold, 'SIGKILL');
    await swarm.event('mold.exit', 2);
    await writeFile(join(directory, 'go'), '');
    await untilRunning(swarm, 2);
    expect(codeOf(swarm, 2)).toEqual([0, 1, 2].map((index) => `${index} two two 2 2`));
    await stop(swarm);
    expectNobodyMissing(swarm, 3);
  });
});

test('a working directory that is a link is followed anew, and the old code need not be there any more', async () => {
  const [first, second] = [await application(release('one')), await application(release('two'))];
  const current = join(await application({}), 'current');
  await symlink(first, current);
  const swarm = new Swarm(['-r', './jobs.mjs'], { cwd: current, env: { COUNT: '2', PWD: current } });
  await swarm.event('worker.ready', 2);
  await rm(current);
  await symlink(second, current);
  await rm(first, { recursive: true });
  swarm.signal('SIGUSR2');
  await untilRunning(swarm, 2);
  const directories = swarm.said('runs').map((line) => line.split(' ').at(-1));
  expect(directories).toEqual([first, first, second, second]);
  expect(codeOf(swarm, 2)).toEqual(['0 two two 2 2', '1 two two 2 2']);
  expect(existsSync(first)).toBe(false);
  await stop(swarm);
});

/** Workers of which nothing was heard but that they were started. */
function unheard(swarm: Swarm): number[] {
  const ready = pidsReady(swarm);
  const pids = swarm.events('worker.start').map(({ pid }) => pid as number);
  return pids.filter((pid) => !ready.includes(pid));
}
