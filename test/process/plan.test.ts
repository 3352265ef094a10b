import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { application, packages } from '../support/application.ts';
import { Swarm } from '../support/swarm.ts';

interface Plan {
  summary: string;
  warnings: string[];
  mode: string;
  dyno: string[];
  machine: { name: string; value: unknown; unit?: string; origin: string }[];
  modules: string[];
  preload: { packages: string[]; reason: string | null };
  missing: { name: string; file: string; advice: string }[];
  settings: { variable: string; value: unknown; unit?: string; origin: string }[];
}

/** The lines that `swarm plan` prints. */
async function plan(args: string[], env: NodeJS.ProcessEnv = {}, cwd?: string): Promise<string[]> {
  const swarm = new Swarm(['plan', ...args], { env, ...(cwd === undefined ? {} : { cwd }) });
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
  expect(swarm.errors).toEqual([]);
  return swarm.lines;
}

async function planJson(args: string[], env: NodeJS.ProcessEnv = {}, cwd?: string): Promise<Plan> {
  return JSON.parse((await plan(['--json', ...args], env, cwd)).join('\n'));
}

describe('swarm plan', () => {
  test('says what would run, and where each setting comes from', async () => {
    const env = { SWARM_COUNT: '2.5', INDEX: 'dyno', DYNO: 'worker.3', SWARM_MODE: 'spawn' };
    const lines = await plan([], env);
    expect(lines[0]).toMatch(
      /^swarm would run 2 workers .* MB and \d+ cores?, indexes 4 to 5, spawn mode \(SWARM_MODE\)\.$/,
    );
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}memory +\d+ MB +\S/));
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}SWARM_COUNT +2 +SWARM_COUNT$/));
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}SWARM_INDEX +4 +INDEX=dyno, DYNO=worker\.3$/));
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}SWARM_TIMEOUT +25 s +the default$/));
  });

  test('prints JSON with --json', async () => {
    const { mode, settings } = await planJson([], { COUNT: '3', SWARM_MODE: 'spawn' });
    expect(mode).toBe('spawn');
    expect(settings).toContainEqual({ variable: 'SWARM_COUNT', value: 3, origin: 'COUNT' });
    expect(settings).toContainEqual({ variable: 'SWARM_TIMEOUT', value: 25, unit: 's', origin: 'the default' });
  });
});

describe('swarm plan --dyno', () => {
  test('says what would run on a dyno of that type', async () => {
    const lines = await plan(['--dyno', 'Performance-L'], { SWARM_MODE: 'fork' });
    expect(lines[0]).toBe('swarm would run 8 workers on performance-l (14336 MB, 8 cores), fork mode (SWARM_MODE).');
    const rows = [
      /^ {2}memory +14336 MB +performance-l$/,
      /^ {2}R15 +28672 MB +Heroku kills a dyno that uses this much$/,
      /^ {2}cores +8 +performance-l$/,
      /^ {2}processes +32768 +performance-l$/,
      /^ {2}Node option +--max-semi-space-size=16 +workers share more$/,
      /^ {2}Node option +--max-old-space-size=10752 +a heap of 3\/4 of 14336 MB for the workers that need it$/,
      /^ {2}SWARM_COUNT +8 +8 cores$/,
      /^ {2}SWARM_MEMORY_MB +14336 MB +performance-l$/,
      /^ {2}SWARM_MAXMEM_MB +3209 MB +twice the fair share of 8 workers$/,
    ];
    for (const row of rows) expect(lines).toContainEqual(expect.stringMatching(row));
  });

  test('warns of more workers than fit on it', async () => {
    const env = { COUNT: '8', NODE_OPTIONS: '--max-old-space-size=100' };
    const lines = await plan(['--dyno', 'standard-1x'], env);
    expect(lines[1]).toMatch(
      /^Warning: 8 workers may be too many, and swarm starts them all the same: 3 fit .* each\.$/,
    );
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}Node option +- +the options given to Node set the heap$/));
  });

  test('prints what is known of the dyno with --json', async () => {
    const { summary, warnings, dyno, machine } = await planJson(['--dyno', 'dyno-1c-0.5gb'], { COUNT: '6' });
    expect(summary).toMatch(/^6 workers on dyno-1c-0\.5gb \(512 MB, 1 core\), /);
    expect(warnings).toEqual([expect.stringMatching(/^6 workers may be too many/)]);
    expect(dyno).toEqual(['dyno-1c-0.5gb']);
    expect(machine).toContainEqual({ name: 'memory', value: 512, unit: 'MB', origin: 'dyno-1c-0.5gb' });
    expect(machine).toContainEqual({ name: 'processes', value: null, origin: 'no known limit' });
  });

  test.each([
    ['perf-l', /^swarm: --dyno "perf-l" is not a type of dyno: give standard-1x, .* or dyno-16c-128gb\.$/],
    ['', /^swarm: --dyno "" is not a type of dyno: give standard-1x, /],
  ])('rejects %j with status 64, and lists the valid types', async (name, sentence) => {
    const swarm = new Swarm(['plan', '--dyno', name]);
    expect(await swarm.exited).toEqual({ code: 64, signal: null });
    expect(swarm.lines).toEqual([]);
    expect(swarm.errors).toEqual([expect.stringMatching(sentence)]);
  });
});

describe('swarm plan -r', () => {
  /** An application that exits with status 99 as soon as any of it is executed. */
  const shop = () => {
    const never = 'process.exit(99);\n';
    return application({
      'jobs.js': `require('pg'); require('node:fs'); require('./mail.js');\n${never}`,
      'mail.js': `require('nodemailer'); require('pg');\n${never}`,
      'package.json': { dependencies: { pg: '*' } },
      ...Object.fromEntries(Object.keys(packages('pg', 'nodemailer')).map((path) => [path, never])),
    });
  };

  test('says which packages would be loaded before the fork, and executes no code of the application', async () => {
    const directory = await shop();
    const { modules, preload } = await planJson(['-r', './jobs.js'], { SWARM_MODE: 'fork' }, directory);
    expect(modules).toEqual([join(directory, 'jobs.js')]);
    expect(preload).toEqual({ packages: ['pg', 'nodemailer'], reason: null });
    expect(await plan(['-r', 'mail', '-r', 'jobs'], { SWARM_MODE: 'fork' }, directory)).toContain(
      `Each worker loads ${directory}/mail.js, ${directory}/jobs.js; before the fork, 2 packages are loaded: nodemailer, pg.`,
    );
  });

  test.each<[env: NodeJS.ProcessEnv, args: string[], packages: string[], reason: string | null]>([
    [{ SWARM_MODE: 'spawn' }, ['-r', './jobs.js'], [], 'in spawn mode nothing is preloaded'],
    [{ SWARM_MODE: 'fork' }, [], [], 'no module was named with -r'],
    [{ SWARM_MODE: 'fork', SWARM_PRELOAD: 'none' }, ['-r', './jobs.js'], [], 'SWARM_PRELOAD names none'],
    [{ SWARM_MODE: 'fork', SWARM_PRELOAD: 'default' }, ['-r', './jobs.js'], ['pg'], null],
    [{ SWARM_MODE: 'fork', SWARM_PRELOAD: './mail.js,nodemailer' }, [], ['./mail.js', 'nodemailer'], null],
  ])('with %j and %j preloads %j', async (env, args, packages, reason) => {
    expect((await planJson(args, env, await shop())).preload).toEqual({ packages, reason });
  });

  test('explains in every mode why a package might not be installed', async () => {
    const cwd = await application({
      'package.json': { devDependencies: { lodash: '*' } },
      'jobs.js': "require('lodash'); try { require('bufferutil'); } catch {}",
    });
    const advice = expect.stringContaining('package.json has it in "devDependencies"');
    for (const mode of ['fork', 'spawn']) {
      const { missing, warnings } = await planJson(['-r', './jobs.js'], { SWARM_MODE: mode }, cwd);
      expect(missing).toEqual([{ name: 'lodash', file: './jobs.js', advice }]);
      expect(warnings).toEqual([
        expect.stringMatching(/^\.\/jobs\.js imports lodash, and no worker can start without it\. /),
      ]);
    }
    const lines = await plan(['-r', './jobs.js'], { SWARM_MODE: 'fork' }, cwd);
    expect(lines[1]).toMatch(/jobs\.js; what the -r modules import is not installed\.$/);
    expect(lines[2]).toMatch(/^Warning: \.\/jobs\.js imports lodash, /);
  });

  test.each([
    [['-r', './jobs.js', '-r', './nope.js'], {}, /^swarm: -r \.\/nope\.js was not found: /],
    [['-r', './jobs.js'], { SWARM_PRELOAD: 'pg,nope', SWARM_MODE: 'fork' }, /^swarm: SWARM_PRELOAD names nope, but /],
  ])('with %j and %j exits with status 1, as swarm itself does', async (args, env, sentence) => {
    const cwd = await shop();
    const swarm = new Swarm(['plan', ...args], { env, cwd });
    expect(await swarm.exited).toEqual({ code: 1, signal: null });
    expect(swarm.lines).toEqual([]);
    expect(swarm.errors).toEqual([expect.stringMatching(sentence)]);
  });
});
