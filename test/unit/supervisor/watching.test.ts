import { describe, expect, test } from 'vitest';
import { Simulation, started } from './simulation.ts';

function change(swarm: Simulation, ...files: string[]): void {
  for (const file of files) swarm.event({ type: 'changed', file });
}

/** The beginnings of log lines about rollouts. */
function reloads(swarm: Simulation): string[] {
  return swarm.entries
    .filter(({ event }) => event === 'reload')
    .map(({ message }) => message.replace(/(:|;|\.) .*/, ''));
}

/** Generations that are to be prepared. */
function prepared(swarm: Simulation): number[] {
  return swarm.actions.flatMap((action) => (action.type === 'prepare' ? [action.generation] : []));
}

describe('a changed file', () => {
  test('leads to a rollout when nothing has changed for 200 ms', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    change(swarm, 'jobs.js');
    swarm.pass(199);
    expect(prepared(swarm)).toEqual([1]);
    swarm.pass(1);
    expect(prepared(swarm)).toEqual([1, 2]);
    expect(swarm.entries.at(-1)).toEqual({
      level: 'info',
      event: 'reload',
      fields: { file: 'jobs.js', generation: 2 },
      message: 'jobs.js changed: starting generation 2 from the current code; it replaces the worker once it boots',
    });
    swarm.pass(60_000);
    expect(prepared(swarm)).toEqual([1, 2]);
  });

  test('leads to a single rollout if many files change together', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    for (let file = 0; file < 1000; file += 1) {
      change(swarm, `lib/${file}.js`);
      swarm.pass(3);
    }
    swarm.pass(200);
    expect(prepared(swarm)).toEqual([1, 2]);
    expect(reloads(swarm)).toEqual(['lib/0.js and other files changed']);
  });

  test('is named, even if it changes several times', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    change(swarm, 'jobs.js', 'jobs.js');
    swarm.pass(200);
    expect(reloads(swarm)).toEqual(['jobs.js changed']);
  });

  test('is rolled out after 5 s at the latest, even if other files never stop changing', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    for (let time = 0; time < 5000; time += 100) {
      expect(prepared(swarm)).toEqual([1]);
      change(swarm, 'jobs.js', 'data.json');
      swarm.pass(100);
    }
    expect(prepared(swarm)).toEqual([1, 2]);
  });
});

describe('during a rollout', () => {
  test('changes lead to exactly one more rollout, after this one', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    change(swarm, 'jobs.js');
    swarm.pass(200);
    for (const file of ['a.js', 'b.js', 'c.js']) {
      change(swarm, file);
      swarm.pass(300);
    }
    expect(prepared(swarm)).toEqual([1, 2]);
    expect(reloads(swarm)).toEqual(['jobs.js changed', 'a.js changed']);
    swarm.event({ type: 'prepared', generation: 2, preloaded: undefined });
    swarm.comeUp(2);
    expect(prepared(swarm)).toEqual([1, 2, 3]);
    swarm.event({ type: 'prepared', generation: 3, preloaded: undefined });
    swarm.exit(1);
    expect(started(swarm.actions)).toHaveLength(3);
    swarm.comeUp(3);
    swarm.exit(2);
    swarm.pass(60_000);
    expect(prepared(swarm)).toEqual([1, 2, 3]);
  });

  test('a failure says that swarm tries again at the next change', () => {
    const swarm = new Simulation({ count: 1 }).boot();
    change(swarm, 'jobs.js');
    swarm.pass(200);
    swarm.event({ type: 'unprepared', generation: 2, reason: 'no', failure: undefined, fault: 'code' });
    expect(swarm.entries.at(-1)?.message).toBe(
      'generation 2 failed: no. The worker stays as it is; swarm tries again at the next change',
    );
    change(swarm, 'jobs.js');
    swarm.pass(200);
    expect(prepared(swarm)).toEqual([1, 2, 3]);
  });
});

describe('while the swarm boots', () => {
  test('a change is rolled out afterwards, and every line follows the boot line', () => {
    const swarm = new Simulation({ count: 1 });
    swarm.bootsAtOnce = false;
    swarm.event({ type: 'boot' });
    swarm.event({ type: 'watching', places: ['/app', '/lib'], files: 3 });
    change(swarm, 'jobs.js');
    swarm.pass(1000);
    swarm.event({ type: 'prepared', generation: 1, preloaded: undefined });
    expect(swarm.entries).toEqual([]);
    const boot = { level: 'info', event: 'boot', fields: {}, message: 'boot line' } as const;
    swarm.event({ type: 'settled', policy: swarm.fleet.policy, announcement: [boot] });
    expect(swarm.entries.map(({ message }) => message)).toEqual([
      'boot line',
      'watching 3 files in /app and /lib: when one changes, workers are replaced',
      'jobs.js changed: generation 1 is still starting; the code may have changed again, so another follows',
      expect.stringMatching(/^jobs\.js changed: starting generation 2 from the current code/),
    ]);
  });
});

describe('if the swarm starts no more workers', () => {
  test.each([
    { type: 'quiet', by: 'SIGTSTP' },
    { type: 'stop', by: 'SIGTERM' },
  ] as const)('a change after %o has no effect and is not logged', (event) => {
    const swarm = new Simulation({ count: 1 }).boot();
    change(swarm, 'jobs.js');
    swarm.event(event);
    change(swarm, 'lib.js');
    swarm.pass(1000);
    expect(prepared(swarm)).toEqual([1]);
    expect(reloads(swarm)).toEqual([]);
  });
});

test.each([
  ['ENOSPC', /^not all files are watched, .* limit for file watches \(ENOSPC\): .*fs\.inotify\.max_user_watches/],
  ['EMFILE', /^not all files are watched, .* \(EMFILE\): .*fs\.inotify\.max_user_instances/],
  ['EACCES', /^\/app\/data is not watched \(EACCES\): swarm runs on, but misses changes there\. Make it readable/],
])('a path that cannot be watched (%s) is a warning with a remedy', (code, sentence) => {
  const swarm = new Simulation({ count: 1 }).boot();
  swarm.event({ type: 'unwatched', path: '/app/data', code });
  expect(swarm.entries.at(-1)).toMatchObject({ level: 'warn', event: 'watch', fields: { error: code } });
  expect(swarm.entries.at(-1)?.message).toMatch(sentence);
});
