import { describe, expect, it } from 'vitest';
import { findRunner, hasEnded, type ProcessFacts } from '../../../src/process/runner.ts';

const SWARM = 40;
const TERMINAL = { session: 1, stdin: '/dev/pts/1' };

/** Looks up swarm's ancestors, nearest first, with the pids 30, 29, … */
function under(...ancestors: (string[] | Partial<ProcessFacts>)[]): (pid: number) => ProcessFacts | undefined {
  const all = [['node', '/app/node_modules/.bin/swarm'], ...ancestors].map((given) => {
    return { ...TERMINAL, command: [], ...(Array.isArray(given) ? { command: given } : given) };
  });
  const pids = all.map((_, index) => (index === 0 ? SWARM : 31 - index));
  return (pid) => {
    const index = pids.indexOf(pid);
    return index < 0 ? undefined : { ...(all[index] as ProcessFacts), parent: pids[index + 1] ?? 1 };
  };
}

const SHELL = ['sh', '-c', 'swarm -r ./jobs.js'];
const LOGIN = ['-bash'];

describe('the package manager in front of swarm', () => {
  it.each<[ancestors: string[][], name: string, chain: number[]]>([
    [[SHELL, ['npm exec swarm -r ./jobs.js'], LOGIN], 'npm', [SWARM, 30, 29]],
    [[['/bin/sh', '-c', '--', 'swarm'], ['npm start'], LOGIN], 'npm', [SWARM, 30, 29]],
    [[['npm run worker', '']], 'npm', [SWARM, 30]],
    [[['node', '/usr/lib/node_modules/pnpm/bin/pnpm.cjs', 'exec', 'swarm'], LOGIN], 'pnpm', [SWARM, 30]],
    [[SHELL, ['/usr/bin/node', '/usr/bin/yarn', 'worker'], LOGIN], 'yarn', [SWARM, 30, 29]],
    [[['node', '/app/.yarn/releases/yarn-4.9.2.cjs', 'run', 'worker'], LOGIN], 'yarn', [SWARM, 30]],
    [[['node', '/usr/bin/npx', 'swarm'], LOGIN], 'npx', [SWARM, 30]],
    // A script that runs another one: the outermost gets the signal.
    [[SHELL, ['npm run worker'], SHELL, ['npm start'], LOGIN], 'npm', [SWARM, 30, 29, 28, 27]],
    // Any other program that started npm does not count.
    [
      [SHELL, ['npm run worker'], SHELL, ['node', '/app/node_modules/.bin/concurrently'], LOGIN],
      'npm',
      [SWARM, 30, 29],
    ],
  ])('of %j is %s', (ancestors, name, chain) => {
    expect(findRunner(SWARM, under(...ancestors))).toEqual({ name, chain });
  });

  it.each<[what: string, ancestors: (string[] | Partial<ProcessFacts>)[]]>([
    ['a login shell', [LOGIN, ['sshd']]],
    ['a shell script', [['sh', '-c', 'swarm'], ['foreman: master']]],
    ['a program with such a name', [['node', '/app/npm-watcher.js']]],
    ['an argument with such a name', [['nodemon', 'npm']]],
    ['foreman, run by npm: it forwards signals', [['foreman'], SHELL, ['npm start']]],
    ['npm, but swarm was sent to the background (&)', [{ command: SHELL, stdin: 'pipe:[1]' }, ['npm start']]],
    ['npm, but swarm has a session of its own (setsid)', [{ command: SHELL, session: 2 }, ['npm start']]],
  ])('is not %s', (_what, ancestors) => {
    expect(findRunner(SWARM, under(...ancestors))).toBeUndefined();
  });

  it('is unknown if nothing can be read', () => {
    expect(findRunner(SWARM, () => undefined)).toBeUndefined();
  });
});

describe('whether the package manager has exited', () => {
  const runner = { name: 'npm', chain: [SWARM, 30, 29] };
  const parents = (...known: [pid: number, parent: number][]) => {
    const map = new Map(known);
    return (pid: number) => map.get(pid);
  };

  it.each<[what: string, parentOf: (pid: number) => number | undefined, ended: boolean]>([
    ['nothing has changed', parents([SWARM, 30], [30, 29]), false],
    ['its shell has exited', parents([SWARM, 1]), true],
    ['it has exited, but its shell has not', parents([SWARM, 30], [30, 1]), true],
    ['its own parent has exited', parents([SWARM, 30], [30, 29], [29, 1]), false],
    ['nothing can be read', parents([SWARM, 30]), false],
  ])('%s: %s', (_what, parentOf, ended) => {
    expect(hasEnded(runner, parentOf)).toBe(ended);
  });
});
