import { expect, test } from 'vitest';
import { Terminal } from '../support/terminal.ts';

const CTRL_C = '\u0003';
const CTRL_Z = '\u001a';

test('on a terminal the log is formatted for people', async () => {
  const terminal = new Terminal('-r ./idle.mjs', { COUNT: '1' });
  await terminal.shows(/is ready/);
  expect(terminal.screen).toMatch(
    /^\[\d\d:\d\d:\d\d\] INFO: swarm boot: 1 worker (on|within) .+ cores?, (fork|spawn) mode/,
  );
  expect(terminal.screen).not.toContain('{');
});

test('Ctrl-C stops all workers gracefully', async () => {
  const terminal = new Terminal('-r ./jobs.mjs', { COUNT: '2', JOB_MS: '200' });
  await terminal.shows(/is ready/, 2);
  terminal.type(CTRL_C);
  expect(await terminal.exited).toBe(0);
  expect(terminal.screen.match(/^begin /gm)).toHaveLength(terminal.screen.match(/^done /gm)?.length ?? 0);
  expect(terminal.screen).toContain('stopped; every worker has left');
});

test('a second Ctrl-C kills all workers immediately', async () => {
  const terminal = new Terminal('-r ./stubborn.mjs', { COUNT: '2' });
  await terminal.shows(/is ready/, 2);
  terminal.type(CTRL_C);
  await terminal.shows(/SIGINT: stopping 2 workers/);
  // swarm ignores a second press that comes too soon as an echo of the first, so the test repeats it.
  const pressing = setInterval(() => terminal.type(CTRL_C), 200);
  try {
    expect(await terminal.exited).toBe(1);
  } finally {
    clearInterval(pressing);
  }
  expect(terminal.screen).toContain('second SIGINT: killing 2 workers');
});

test('closing the terminal stops all workers, although the log can no longer be written', async () => {
  const terminal = new Terminal('-r ./jobs.mjs', { COUNT: '2', JOB_MS: '50' });
  await terminal.shows(/is ready/, 2);
  terminal.hangUp();
  await terminal.gone();
});

test('Ctrl-Z makes the swarm quiet, and suspends no process', async () => {
  const terminal = new Terminal('-r ./jobs.mjs', { COUNT: '2', JOB_MS: '50' });
  await terminal.shows(/is ready/, 2);
  terminal.type(CTRL_Z);
  await terminal.shows(/takes no new work/, 2);
  terminal.type(CTRL_C);
  expect(await terminal.exited).toBe(0);
});
