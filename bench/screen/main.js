// Draws docs/top.svg for the README: `swarm top` of a busy swarm of 16 on a real terminal. Also prints the memory of
// the same workers when they are spawned.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MARK } from '../measure/processes.js';
import { BIN, runBusy } from './busy.js';
import { drawScreen } from './draw.js';

const PICTURE = new URL('../../docs/top.svg', import.meta.url).pathname;
const SIZE = ['-x', '80', '-y', '27'];
/** Milliseconds after the first picture of `top`, which needs two to compute the CPU load. */
const LOOK = 3000;

const directory = mkdtempSync(join(tmpdir(), 'swarm-screen-'));
const SWARM_SOCKET = join(directory, 'control.sock');
try {
  const screen = await runBusy('forked', { SWARM_SOCKET, SWARM_PRELOAD_APP: '1' }, capture);
  await runBusy('spawned', { SWARM_SOCKET, SWARM_MODE: 'spawn' }, () => {});
  writeFileSync(PICTURE, drawScreen(screen, '$ swarm top'));
  console.log(screen);
} finally {
  rmSync(directory, { recursive: true });
}

/** Captures what `swarm top` shows on a terminal. */
async function capture(env) {
  const tmux = (...args) =>
    execFileSync('tmux', ['-L', `swarm-screen-${process.pid}`, '-f', '/dev/null', ...args], {
      env: { ...env, [MARK]: 'top', TERM: 'xterm-256color' },
      encoding: 'utf8',
    });
  tmux('new-session', '-d', ...SIZE, `"${process.execPath}" "${BIN}" top`);
  while (!tmux('capture-pane', '-p').includes('q quits')) await sleep(100);
  await sleep(LOOK);
  const screen = tmux('capture-pane', '-p', '-e');
  tmux('kill-server');
  return screen;
}
