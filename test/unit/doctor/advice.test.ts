import { describe, expect, it } from 'vitest';
import { adviseOn, isSafe, verdictOn, type Wish } from '../../../src/doctor/advice.ts';
import type { Fate, Finding } from '../../../src/protocol/examination.ts';

const AUTO: Wish = { mode: 'auto', preload: 'auto', preloadApp: false, fit: ['pg', 'zod'] };
const NAMED: Wish = { ...AUTO, preload: ['pg', 'thing'] };
const APP: Wish = { ...AUTO, preloadApp: true };

const SOCKET = { kind: 'socket', detail: 'TCP to port 6379' };
const LEFT = { ms: 1, left: [SOCKET], reason: 'loading it leaves a socket (TCP to port 6379) behind' };

function finding(fate: Fate, other: Partial<Finding> = {}): Finding {
  return { name: 'thing', application: false, fate, left: [], timers: [], ...other };
}

describe('a verdict', () => {
  it.each<[fate: Fate, verdict: string, safe: boolean]>([
    ['shared', 'yes', true],
    ['left-out', 'in each worker', true],
    ['unsafe', 'unsafe', false],
    ['failed', 'fails', false],
    ['crashed', 'crashes', false],
    ['hung', 'hangs', false],
  ])('on what is %s is "%s"; safe: %j', (fate, verdict, safe) => {
    expect(verdictOn(finding(fate))).toBe(verdict);
    expect(isSafe(finding(fate))).toBe(safe);
  });
});

describe('advice', () => {
  it('is not given where all is well', () => {
    expect(adviseOn(finding('shared'), AUTO)).toBeUndefined();
  });

  it.each<[what: string, finding: Finding, wish: Wish, advice: string]>([
    [
      'a timer',
      finding('shared', { timers: ['thing'] }),
      AUTO,
      'it leaves 1 timer behind, which is fine: each worker has a copy of its own.',
    ],
    [
      'timers of a module',
      finding('shared', { application: true, timers: ['lib/poll.js:3', 'lib/poll.js:3', 'pino'] }),
      APP,
      'it leaves 3 timers (lib/poll.js:3, pino) behind, which is fine: each worker has a copy of its own.',
    ],
    [
      'a leftover, by rule',
      finding('left-out', LEFT),
      AUTO,
      'loading it leaves a socket (TCP to port 6379) behind, which workers must not share. So each of them loads it for itself, and there is nothing to do.',
    ],
    [
      'a leftover, where modules are loaded that import it',
      finding('left-out', LEFT),
      APP,
      'loading it leaves a socket (TCP to port 6379) behind, which workers must not share. So each of them is to load it; but where your modules import it, that is before the fork (SWARM_PRELOAD_APP). Use import() in the default export instead.',
    ],
    [
      'a failure, by rule',
      finding('left-out', { reason: 'it could not be preloaded (Error: x)' }),
      AUTO,
      'it could not be preloaded (Error: x). Each worker will load it as well, and fail unless your code is prepared for that.',
    ],
    [
      'a leftover, by name',
      finding('unsafe', LEFT),
      NAMED,
      'it is shared because SWARM_PRELOAD names it, although loading it leaves a socket (TCP to port 6379) behind. All workers would use the same one. Take it out of SWARM_PRELOAD, and each worker loads it for itself.',
    ],
    [
      'the same ids, by name',
      finding('unsafe', { ms: 1, reason: 'it makes the same ids in each copy' }),
      NAMED,
      'it is shared because SWARM_PRELOAD names it, although it makes the same ids in each copy. Take it out of SWARM_PRELOAD, and each worker loads it for itself.',
    ],
    [
      'leftovers of a module',
      finding('unsafe', { ...LEFT, application: true, left: [SOCKET, SOCKET] }),
      APP,
      'it is shared because SWARM_PRELOAD_APP is set, although loading it leaves a socket (TCP to port 6379) behind. All workers would use the same ones. Open them in the default export or in onFork, which run in each worker; or unset SWARM_PRELOAD_APP.',
    ],
    [
      'a failure, by name',
      finding('failed', { reason: 'Error: x' }),
      NAMED,
      'it cannot be loaded (Error: x), and swarm would not start. Mend it; or, if it can be loaded in a worker and only there, take it out of SWARM_PRELOAD.',
    ],
    [
      'a module that fails',
      finding('failed', { application: true, reason: 'Error: x' }),
      APP,
      'it cannot be loaded (Error: x), and swarm would not start. Mend it; or, if it can be loaded in a worker and only there, unset SWARM_PRELOAD_APP.',
    ],
    [
      'a crash',
      finding('crashed', { reason: 'the process that loaded it was killed by SIGSEGV' }),
      AUTO,
      'the process that loaded it was killed by SIGSEGV, and swarm would spawn its workers, which share nothing. Mend it; or, if it can be loaded in a worker and only there, leave it out with SWARM_PRELOAD=pg,zod.',
    ],
    [
      'a crash, where fork is wanted',
      finding('crashed', { reason: 'the process that loaded it was killed by SIGSEGV' }),
      { ...AUTO, mode: 'fork', fit: [] },
      'the process that loaded it was killed by SIGSEGV, and swarm would not start. Mend it; or, if it can be loaded in a worker and only there, leave it out with SWARM_PRELOAD=none.',
    ],
    [
      'what is not loaded in time',
      finding('hung', { reason: 'it is still not loaded after 60 s' }),
      NAMED,
      'it is still not loaded after 60 s (SWARM_BOOT_TIMEOUT), and swarm would not start. Mend it; or, if it can be loaded in a worker and only there, take it out of SWARM_PRELOAD.',
    ],
  ])('is given on %s', (_what, row, wish, advice) => {
    expect(adviseOn(row, wish)).toBe(advice);
  });
});
