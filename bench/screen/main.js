// Draws docs/top.svg, which the README shows: `swarm top` beside a busy swarm of 16, as it is on a real terminal.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { drawScreen } from './draw.js';

const BIN = new URL('../../bin/swarm', import.meta.url).pathname;
const JOBS = new URL('./jobs.js', import.meta.url).pathname;
const PICTURE = new URL('../../docs/top.svg', import.meta.url).pathname;
const WORKERS = 16;
const SIZE = ['-x', '80', '-y', '26'];
/** Of work before the picture is taken, milliseconds. */
const WARMUP = 60_000;
/** Of `top`, after its first picture: it needs two to tell how busy the processors are. */
const LOOK = 3000;

const directory = mkdtempSync(join(tmpdir(), 'swarm-screen-'));
const socket = join(directory, 'control.sock');
const env = { ...process.env, NODE_ENV: 'production', SWARM_SOCKET: socket, COUNT: String(WORKERS) };
const swarm = spawn(process.execPath, [BIN, '-r', JOBS], {
  env: { ...env, SWARM_LOG_FORMAT: 'json' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const gone = once(swarm, 'exit');
const tmux = (...args) =>
  execFileSync('tmux', ['-L', `swarm-screen-${process.pid}`, '-f', '/dev/null', ...args], {
    env: { ...env, TERM: 'xterm-256color' },
    encoding: 'utf8',
  });
try {
  await untilReady(WORKERS);
  await sleep(WARMUP);
  tmux('new-session', '-d', ...SIZE, `"${process.execPath}" "${BIN}" top`);
  while (!tmux('capture-pane', '-p').includes('q quits')) await sleep(100);
  await sleep(LOOK);
  const screen = tmux('capture-pane', '-p', '-e');
  tmux('kill-server');
  writeFileSync(PICTURE, drawScreen(screen, '$ swarm top'));
  console.log(screen);
} finally {
  swarm.kill('SIGTERM');
  await gone;
  rmSync(directory, { recursive: true });
}

async function untilReady(count) {
  let ready = 0;
  for await (const line of createInterface(swarm.stdout)) {
    if (line.includes('"event":"worker.ready"')) ready += 1;
    if (ready === count) break;
  }
  if (ready < count) throw new Error('the swarm has ended before all of its workers were ready');
  // Whoever writes must find a reader.
  swarm.stdout.resume();
}
