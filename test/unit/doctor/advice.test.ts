import { describe, expect, it } from 'vitest';
import { adviseOn, answerOn, isSafe, type PreloadSetup } from '../../../src/doctor/advice.ts';
import type { Finding, Verdict } from '../../../src/protocol/examination.ts';

const AUTO: PreloadSetup = { mode: 'auto', preload: 'auto', preloadApp: false, shareable: ['pg', 'zod'] };
const NAMED: PreloadSetup = { ...AUTO, preload: ['pg', 'thing'] };
const APP: PreloadSetup = { ...AUTO, preloadApp: true };

const SOCKET = { kind: 'socket', detail: 'TCP to port 6379' };
const LEFT = { ms: 1, left: [SOCKET], reason: 'loading it leaves a socket (TCP to port 6379) behind' };

function finding(verdict: Verdict, other: Partial<Finding> = {}): Finding {
  return { name: 'thing', application: false, verdict, left: [], timers: [], ...other };
}

describe('a verdict', () => {
  it.each<[verdict: Verdict, answer: string, safe: boolean]>([
    ['shared', 'yes', true],
    ['left-out', 'in each worker', true],
    ['skipped', 'in each worker', true],
    ['unsafe', 'unsafe', false],
    ['cold', 'no', false],
    ['failed', 'fails', false],
    ['crashed', 'crashes', false],
    ['hung', 'hangs', false],
  ])('%s is reported as "%s"; safe: %j', (verdict, answer, safe) => {
    expect(answerOn(finding(verdict))).toBe(answer);
    expect(isSafe(finding(verdict))).toBe(safe);
  });
});

describe('advice', () => {
  it('is not given if all is well', () => {
    expect(adviseOn(finding('shared'), AUTO)).toBeUndefined();
  });

  it.each<[what: string, finding: Finding, setup: PreloadSetup, advice: string]>([
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
      'a warm-up that leaves something behind',
      finding('cold', { name: 'the warm-up', left: [SOCKET], reason: 'it leaves a socket (TCP to port 6379) behind' }),
      APP,
      'workers start cold, because it leaves a socket (TCP to port 6379) behind. Close what it opens before it ends, or leave out what opens it.',
    ],
    [
      'a warm-up that fails',
      finding('cold', { name: 'the warm-up', stack: 'Error: no', reason: 'it failed (Error: no)' }),
      APP,
      'workers start cold, because it failed (Error: no). Fix it; or, if only a worker can do that, leave it out of the warm-up.',
    ],
    [
      'a leftover of a package chosen by a rule',
      finding('left-out', LEFT),
      AUTO,
      'loading it leaves a socket (TCP to port 6379) behind, which workers must not share. Each worker loads it for itself; there is nothing to do.',
    ],
    [
      'a leftover of a package that preloaded modules may import',
      finding('left-out', LEFT),
      APP,
      'loading it leaves a socket (TCP to port 6379) behind, which workers must not share. So each worker should load it. But modules that import it load it before the fork (SWARM_PRELOAD_APP): use import() in their default export instead.',
    ],
    [
      'a failure of a package chosen by a rule',
      finding('left-out', { reason: 'it could not be preloaded (Error: x)' }),
      AUTO,
      'it could not be preloaded (Error: x). Each worker will also load it, and will fail unless your code handles that.',
    ],
    [
      'a leftover of a package chosen by name',
      finding('unsafe', LEFT),
      NAMED,
      'it is shared because SWARM_PRELOAD names it, although loading it leaves a socket (TCP to port 6379) behind. All workers would use the same one. Take it out of SWARM_PRELOAD, and each worker loads it for itself.',
    ],
    [
      'a package skipped after an agent',
      finding('skipped', { reason: './instrument.cjs loads agent', remedy: 'To share it, start the agent there' }),
      AUTO,
      './instrument.cjs loads agent. To share it, start the agent there.',
    ],
    [
      'the same ids from a package chosen by name',
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
      'a failure of a package chosen by name',
      finding('failed', { reason: 'Error: x' }),
      NAMED,
      'it cannot be loaded (Error: x), so swarm would not start. Fix it; or, if only a worker can load it, take it out of SWARM_PRELOAD.',
    ],
    [
      'a module that fails',
      finding('failed', { application: true, reason: 'Error: x' }),
      APP,
      'it cannot be loaded (Error: x), so swarm would not start. Fix it; or, if only a worker can load it, unset SWARM_PRELOAD_APP.',
    ],
    [
      'a crash',
      finding('crashed', { reason: 'the process that loaded it was killed by SIGSEGV' }),
      AUTO,
      'the process that loaded it was killed by SIGSEGV, so swarm would spawn its workers, which share nothing. Fix it; or, if only a worker can load it, leave it out with SWARM_PRELOAD=pg,zod.',
    ],
    [
      'a crash in fork mode',
      finding('crashed', { reason: 'the process that loaded it was killed by SIGSEGV' }),
      { ...AUTO, mode: 'fork', shareable: [] },
      'the process that loaded it was killed by SIGSEGV, so swarm would not start. Fix it; or, if only a worker can load it, leave it out with SWARM_PRELOAD=none.',
    ],
    [
      'a package that does not load in time',
      finding('hung', { reason: 'it is still not loaded after 60 s' }),
      NAMED,
      'it is still not loaded after 60 s (SWARM_BOOT_TIMEOUT), so swarm would not start. Fix it; or, if only a worker can load it, take it out of SWARM_PRELOAD.',
    ],
  ])('is given on %s', (_what, row, setup, advice) => {
    expect(adviseOn(row, setup)).toBe(advice);
  });
});
