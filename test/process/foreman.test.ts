import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { has } from '../support/needs.ts';
import { BIN, fixture, MODE, NODE } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { Terminal } from '../support/terminal.ts';
import { freePort, request } from '../support/web.ts';

const CTRL_C = '\u0003';

test.runIf(has('foreman', 'two swarms under foreman'))(
  'Ctrl-C in foreman stops two swarms, and each finishes its current work',
  async () => {
    const cwd = await temporaryDirectory();
    const swarm = (name: string) => `"${NODE}" "${BIN}" -r "${fixture(name)}"`;
    await writeFile(join(cwd, 'Procfile'), `web: ${swarm('web.mjs')}\nworker: ${swarm('jobs.mjs')}\n`);
    const port = await freePort();
    // Foreman gives the first process type this PORT, and each further one a PORT that is 100 higher.
    const env = { COUNT: '2', JOB_MS: '100', SWARM_MODE: MODE, SWARM_LOG_FORMAT: 'json', SWARM_LOG_LEVEL: 'debug' };
    const terminal = new Terminal(`start --port ${port}`, env, { program: 'foreman', cwd });
    await terminal.shows(/is ready/, 4);
    await terminal.shows(/begin/, 2);
    const answer = request(port, '/held');
    await terminal.shows(/holds/);
    const pid = Number(/holds \d+ (\d+)/.exec(terminal.screen)?.[1]);

    terminal.type(CTRL_C);
    await terminal.shows(/finishes its work and leaves/, 4);
    process.kill(pid, 'SIGWINCH');

    expect(await answer).toMatchObject({ status: 200, pid });
    await terminal.shows(/stopped; every worker has left/, 2);
    await terminal.exited;
    await terminal.gone();
    const { screen } = terminal;
    expect(screen.match(/worker\.1 .*begin /g)?.length).toBe(screen.match(/worker\.1 .*done /g)?.length);
    expect(screen).not.toContain('KILL');
  },
);
