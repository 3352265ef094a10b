import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test, vi } from 'vitest';
import { memoryHierarchy } from '../support/memory-group.js';
import { MARK, newMark, PATIENCE, untilProcesses } from '../support/processes.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { describeDyno } from './simulate.ts';

const MAIN = fileURLToPath(new URL('main.js', import.meta.url));
const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

/** Runs the command line of the simulator. */
function byHand(args: string[], env: NodeJS.ProcessEnv) {
  return execa(process.execPath, [MAIN, ...args], {
    cwd: REPOSITORY,
    env,
    all: true,
    reject: false,
    stdin: 'ignore',
    lines: true,
  });
}

describeDyno('npm run dyno', () => {
  test('runs the Procfile, and stops on Ctrl-C', async () => {
    const simulator = byHand(
      ['--type', 'standard-1x', 'examples/spool', '--env', 'COUNT=2', '--env', 'SPOOL=/tmp/spool'],
      {},
    );
    for await (const line of simulator.iterable({ from: 'all' })) {
      if (!line.includes('event=worker.ready worker=1')) continue;
      // Twice, as under npm.
      simulator.kill('SIGINT');
      simulator.kill('SIGINT');
    }
    const { all, exitCode } = await simulator;
    expect(exitCode).toBe(0);
    expect(all[0]).toBe('heroku[worker.1]: Starting process with command `swarm -r ./jobs.js`');
    expect(all).toContainEqual(expect.stringMatching(/^app\[worker\.1\]: level=info event=boot workers=2 /));
    expect(all.slice(-4)).toEqual([
      expect.stringMatching(/^app\[worker\.1\]: .*event=stopped/),
      'heroku[worker.1]: Process exited with status 0',
      'heroku[worker.1]: State changed from up to down',
      expect.stringMatching(/^Memory: \d+ MB at most, of 512 MB\.$/),
    ]);
  });

  test('leaves nothing behind when it is killed', async () => {
    const mark = newMark();
    const temporary = await temporaryDirectory();
    const groups = memoryHierarchy()?.path ?? '';
    const simulator = byHand(['--type', 'standard-1x', '--env', `${MARK}=${mark}`, '--', 'echo here; sleep 1000'], {
      TMPDIR: temporary,
    });
    for await (const line of simulator.iterable({ from: 'all' })) {
      if (line.endsWith('here')) {
        expect(readdirSync(temporary)).toHaveLength(1);
        expect(groupsOf(simulator.pid)).toHaveLength(1);
        simulator.kill('SIGKILL');
      }
    }
    await simulator;
    await untilProcesses('no process', mark, (pids) => pids.length === 0);
    await vi.waitUntil(() => groupsOf(simulator.pid).length === 0 && readdirSync(temporary).length === 0, PATIENCE);

    function groupsOf(pid: number | undefined) {
      return readdirSync(groups).filter((name) => name.startsWith(`swarm-dyno-${pid}-`));
    }
  });

  test.each([
    [[], 64, '--type is missing'],
    [['--type', 'standard-1x', 'one', 'two'], 64, 'Give one application, not one and two'],
    [['--type', 'standard-1x', '--env', '1=2'], 64, '--env 1=2: give NAME=value'],
    [['--type', 'standard-1x', '--window', 'soon'], 64, '--window soon: give a number of seconds'],
    [['--type', 'standard-3x'], 1, '"standard-3x" is not a dyno type. Valid types: eco, basic, standard-1x, '],
    [['--type', 'eco', 'nowhere'], 1, 'nowhere'],
    [['--type', 'eco', 'test'], 1, 'Procfile cannot be read: '],
    [['--type', 'eco', '--process', 'web', 'examples/spool'], 1, 'Procfile has no process type "web", only: worker.'],
  ])('rejects the arguments %s with a reason', async (args, status, sentence) => {
    const { exitCode, all } = await byHand(args, {});
    expect(exitCode).toBe(status);
    expect(all[0]).toContain(sentence);
  });
});
