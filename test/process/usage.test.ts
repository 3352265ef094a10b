import { describe, expect, test } from 'vitest';
import { Swarm } from '../support/swarm.ts';

type Case = [args: string[], env: Record<string, string>, status: number, sentence: RegExp];

/** Invalid input: swarm prints one sentence on stderr, exits with this status, and starts nothing. */
const CASES: Case[] = [
  [[], {}, 64, /^swarm: nothing to run: name the module that does the work with -r/],
  [['-r'], {}, 64, /-r.*argument missing/],
  [['frobnicate'], {}, 64, /there is no subcommand "frobnicate"/],
  [['plan', '--frobnicate'], {}, 64, /unknown option '--frobnicate'/],
  [['-r', './idle.mjs', '-i', '3'], {}, 64, /-i, --index is not supported: .*Set INDEX/],
  [['-r', './idle.mjs', '--index=3'], {}, 64, /-i, --index is not supported/],
  [['-r', './idle.mjs', '-d'], {}, 64, /-d, --daemon is not supported: .*foreground/],
  [['-r', './idle.mjs', '-L', 'x.log'], {}, 64, /-L, --logfile is not supported: .*stdout/],
  [['-r', './idle.mjs', '--pidfile', 'x.pid'], {}, 64, /-P, --pidfile is not supported/],
  [['-r', './nowhere.mjs'], {}, 1, /^swarm: -r \.\/nowhere\.mjs was not found: .*fixtures\/nowhere\.mjs/],
  [['-r', './idle.mjs'], { COUNT: 'abc' }, 78, /^swarm: COUNT="abc" is not a number of workers: give 1 to 1000/],
  [['-r', './idle.mjs'], { SWARM_COUNT: '0', COUNT: '2' }, 78, /^swarm: SWARM_COUNT="0" is not a number of workers/],
  [['-r', './idle.mjs'], { COUNT: '-1' }, 78, /COUNT="-1"/],
  [['-r', './idle.mjs'], { COUNT: '1e9' }, 78, /COUNT="1e9"/],
  [['-r', './idle.mjs'], { INDEX: 'dyno' }, 78, /INDEX="dyno" needs a numbered dyno.*DYNO is not set/],
  [['-r', './idle.mjs'], { SWARM_TIMEOUT: 'soon' }, 78, /SWARM_TIMEOUT="soon" is not a number of seconds/],
];

test.each(CASES)('swarm %j with %j exits with status %d', async (args, env, status, sentence) => {
  const swarm = new Swarm(args, { env });
  expect(await swarm.exited).toEqual({ code: status, signal: null });
  expect(swarm.lines).toEqual([]);
  expect(swarm.errors).toHaveLength(1);
  expect(swarm.errors[0]).toMatch(sentence);
});

describe('an option that starts nothing', () => {
  test('--help prints the usage', async () => {
    const swarm = new Swarm(['--help']);
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
    expect(swarm.lines[0]).toBe('Usage: swarm -r <module> [anything else]');
    expect(swarm.errors).toEqual([]);
  });

  test('--version prints the version', async () => {
    const swarm = new Swarm(['--version']);
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
    expect(swarm.lines).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
  });
});
