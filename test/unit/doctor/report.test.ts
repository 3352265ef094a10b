import { describe, expect, it, test } from 'vitest';
import { decideFor } from '../../../src/boot/decision.ts';
import type { ModeChoice } from '../../../src/boot/mode.ts';
import { ConfigError } from '../../../src/config/errors.ts';
import { resolveSettings } from '../../../src/config/resolve.ts';
import { conclude } from '../../../src/doctor/conclusion.ts';
import type { Examination } from '../../../src/doctor/examination.ts';
import { asJson, asText, type DoctorReport } from '../../../src/doctor/report.ts';
import type { Finding } from '../../../src/protocol/examination.ts';
import { machine } from '../../support/machine.ts';

const MB = 1024 ** 2;
const FORK: ModeChoice = { mode: 'fork', reason: undefined };
const WORKS = 'This machine can fork: a process that had loaded everything shareable was copied, and the copy works.';

function finding(name: string, other: Partial<Finding> = {}): Finding {
  return { name, version: '1.0.0', application: false, verdict: 'shared', left: [], timers: [], ...other };
}

const PG = finding('pg', { version: '8.23.1', ms: 30.4, bytes: 1.26 * MB });
const SDK = finding('@aws-sdk/client-s3', { version: '3.1175.0', ms: 254.2, bytes: 12 * MB });
const TINY = finding('tiny', { ms: 0.2, bytes: -4000 });
const REDIS = finding('redis', {
  verdict: 'left-out',
  reason: 'loading it leaves three things behind',
  ms: 20,
  bytes: 2 * MB,
  left: ['socket', 'socket', 'child process'].map((kind) => ({ kind, detail: 'x' })),
});
const CRASHES = finding('bad', { verdict: 'crashed', reason: 'the process that loaded it was killed by SIGSEGV' });
const HANGS = finding('slow', { verdict: 'hung', reason: 'it is still not loaded after 60 s' });
const JOBS = finding('./jobs.js', { application: true, version: undefined, ms: 9, bytes: MB, timers: ['lib/a.js:3'] });
const FAILS = finding('./jobs.js', {
  application: true,
  version: undefined,
  verdict: 'failed',
  reason: 'Error: x',
  stack: 'Error: x\n  at y',
});

interface Case extends Partial<Omit<DoctorReport, 'conclusion'>>, Partial<Examination> {
  env?: Record<string, string>;
  choice?: ModeChoice;
  noFork?: string;
}

function reportOn({ findings = [], env = {}, choice = FORK, noFork, missing = [], ...rest }: Case): DoctorReport {
  const { machine: unable, unforkable, bytes = 60 * MB, modules = [], nothing, seesDescriptors = true } = rest;
  const conclusion = conclude(
    decideFor(resolveSettings(env), machine(2), choice),
    { findings, machine: unable, unforkable, bytes },
    noFork,
  );
  return { findings, conclusion, modules, nothing, missing, seesDescriptors };
}

describe('the text', () => {
  it('has a table, advice, a total, and what swarm would do', () => {
    const text = asText(reportOn({ findings: [SDK, PG, REDIS, TINY], modules: ['./jobs.js'] }));
    expect(text).toEqual([
      '4 packages are loaded before the fork.',
      'Each worker loads ./jobs.js itself, so it was not loaded here; to examine it as well, set SWARM_PRELOAD_APP=1.',
      '',
      '  package             version    ms    MB  leaves behind             preload it?',
      '  @aws-sdk/client-s3  3.1175.0  254  12.0  -                         yes',
      '  pg                  8.23.1     30   1.3  -                         yes',
      '  redis               1.0.0      20   2.0  2 sockets, child process  in each worker',
      '  tiny                1.0.0       0   0.0  -                         yes',
      '',
      expect.stringMatching(/^redis: loading it leaves three things behind, which workers must not share\. /),
      '',
      '3 packages, 285 ms, 13.3 MB: what each of 2 workers would otherwise load for itself. With Node itself, 60 MB is shared.',
      '',
      WORKS,
      'swarm would run 2 workers on a machine with 16384 MB and 2 cores, fork mode.',
    ]);
  });

  it('has the modules and the stack of an error', () => {
    const text = asText(reportOn({ findings: [PG, FAILS], modules: ['./jobs.js'], env: { SWARM_PRELOAD_APP: '1' } }));
    expect(text[0]).toBe('1 package is loaded before the fork, then ./jobs.js (SWARM_PRELOAD_APP).');
    expect(text).toContainEqual(expect.stringMatching(/^ {2}\.\/jobs\.js {2}- +- +- {2}- +fails$/));
    const advice = text.findIndex((line) => line.startsWith('./jobs.js: it cannot be loaded'));
    expect(text.slice(advice + 1, advice + 3)).toEqual(['    Error: x', '      at y']);
    expect(text.at(-1)).toBe('swarm would not start: ./jobs.js cannot be loaded.');
  });

  it('has no table if nothing is loaded, and says why', () => {
    expect(asText(reportOn({ nothing: 'SWARM_PRELOAD names none' }))).toEqual([
      'No package is loaded before the fork: SWARM_PRELOAD names none.',
      '',
      WORKS,
      'swarm would run 2 workers on a machine with 16384 MB and 2 cores, fork mode.',
    ]);
  });

  it('in spawn mode, says what fork mode would do', () => {
    const choice = { mode: 'spawn', reason: 'no addon' } as const;
    const text = asText(reportOn({ findings: [PG, SDK], choice, noFork: 'no addon', env: { COUNT: '1' } }));
    expect(text[0]).toBe(
      'In spawn mode (no addon) nothing is shared. In fork mode, 2 packages would be loaded before the fork.',
    );
    expect(text.slice(-4)).toEqual([
      '2 packages, 285 ms, 13.3 MB: what the worker loads for itself. With Node itself, 60 MB could be shared.',
      '',
      'This machine cannot fork: no addon.',
      'swarm would run 1 worker on a machine with 16384 MB and 2 cores, spawn mode (no addon).',
    ]);
  });

  it('warns of more workers than fit, and of checks that were not possible', () => {
    const env = { COUNT: '900' };
    const text = asText(reportOn({ findings: [PG], env, seesDescriptors: false }));
    expect(text.at(-1)).toMatch(/^Warning: 900 workers may be too many/);
    expect(text).toContain('Open sockets and files were not checked: that needs /proc.');
  });
});

describe('what swarm would do', () => {
  it.each<[what: string, given: Case, outcome: RegExp, forking?: RegExp]>([
    ['fork', { findings: [PG, REDIS] }, /^swarm would run 2 workers .*, fork mode\.$/],
    [
      'spawn',
      { findings: [CRASHES, HANGS] },
      /^swarm would run 2 workers .*, spawn mode \(bad ends the process that loads it\)\.$/,
    ],
    ['not start', { findings: [HANGS, CRASHES] }, /^swarm would not start: slow is not loaded in time\.$/],
    ['spawn', { machine: 'EPERM' }, /spawn mode \(EPERM\)\.$/, /^This machine cannot fork: EPERM\.$/],
    ['spawn', { unforkable: 'a timer' }, /spawn mode \(a timer\)\.$/, /^This machine can fork, but not .*: a timer\.$/],
    [
      'spawn as asked',
      { findings: [HANGS], choice: { mode: 'spawn', reason: 'SWARM_MODE' } },
      /spawn mode \(SWARM_MODE\)\.$/,
    ],
  ])('%s: %o', (_what, given, outcome, forking = /^This machine can fork: /) => {
    const { conclusion } = reportOn(given);
    expect(conclusion.outcome).toMatch(outcome);
    expect(conclusion.forking).toMatch(forking);
    expect(conclusion.refusal).toBeUndefined();
  });

  it('refuse, if fork mode was explicitly requested and is not possible', () => {
    const choice = { mode: 'fork', reason: 'SWARM_MODE' } as const;
    const { conclusion } = reportOn({ unforkable: 'a timer', choice, env: { SWARM_MODE: 'fork' } });
    expect(conclusion.outcome).toBe('swarm would not start: a timer.');
    expect(conclusion.refusal).toBeInstanceOf(ConfigError);
  });
});

test('JSON has the same facts', () => {
  const json = asJson(
    reportOn({ findings: [PG, REDIS, JOBS], modules: ['./jobs.js'], env: { SWARM_PRELOAD_APP: '1' } }),
  );
  expect(json).toMatchObject({
    safe: true,
    complete: true,
    mode: 'fork',
    modeReason: null,
    workers: 2,
    modules: ['./jobs.js'],
    preload: { selection: 'auto', application: true, reason: null },
    shared: { packages: 1, modules: 1, ms: 39, bytes: 2.26 * MB, image: 60 * MB },
  });
  expect(json.found.map(({ name, verdict, ms, bytes }) => [name, verdict, ms, bytes])).toEqual([
    ['pg', 'yes', 30, 1.26 * MB],
    ['redis', 'in each worker', 20, 2 * MB],
    ['./jobs.js', 'yes', 9, MB],
  ]);
  expect(json.found[2]).toMatchObject({
    version: null,
    timers: ['lib/a.js:3'],
    advice: expect.stringContaining('1 timer'),
  });
});
