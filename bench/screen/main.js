// Draws docs/top.svg, which the README shows: `swarm top` beside a busy swarm of 16, as it is on a real terminal. Says what
// the same workers take when they are spawned.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { memoryOf } from '../measure/memory.js';
import { MARK, processesMarked } from '../measure/processes.js';
import { show } from '../report/measures.js';
import { drawScreen } from './draw.js';

const BIN = new URL('../../bin/swarm', import.meta.url).pathname;
const JOBS = new URL('./jobs.js', import.meta.url).pathname;
const PICTURE = new URL('../../docs/top.svg', import.meta.url).pathname;
const WORKERS = 16;
const SIZE = ['-x', '80', '-y', '27'];
/** Of work before the picture is taken, milliseconds. */
const WARMUP = 60_000;
/** Of `top`, after its first picture: it needs two to tell how busy the processors are. */
const LOOK = 3000;

const directory = mkdtempSync(join(tmpdir(), 'swarm-screen-'));
try {
  const screen = await runBusy({ SWARM_PRELOAD_APP: '1' }, 'forked', capture);
  await runBusy({ SWARM_MODE: 'spawn' }, 'spawned', () => {});
  writeFileSync(PICTURE, drawScreen(screen, '$ swarm top'));
  console.log(screen);
} finally {
  rmSync(directory, { recursive: true });
}

/** Has workers work for a while, prints what they and their supervisor take, and returns what `look` sees of them. */
async function runBusy(variables, how, look) {
  const mark = `${process.pid}.${how}`;
  const env = {
    ...process.env,
    NODE_ENV: 'production',
    SWARM_SOCKET: join(directory, 'control.sock'),
    COUNT: String(WORKERS),
    [MARK]: mark,
    ...variables,
  };
  const swarm = spawn(process.execPath, [BIN, '-r', JOBS], {
    env: { ...env, SWARM_LOG_FORMAT: 'json' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(swarm, 'exit');
  try {
    await untilReady(swarm, WORKERS);
    await sleep(WARMUP);
    const seen = await look(env);
    console.log(`${WORKERS} ${how} workers: ${show(memoryOf(processesMarked(mark)), 'MB')}`);
    return seen;
  } finally {
    swarm.kill('SIGTERM');
    await gone;
  }
}

/** What `swarm top` shows on a terminal. */
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

async function untilReady(swarm, count) {
  let ready = 0;
  for await (const line of createInterface(swarm.stdout)) {
    if (line.includes('"event":"worker.ready"')) ready += 1;
    if (ready === count) break;
  }
  if (ready < count) throw new Error('the swarm has ended before all of its workers were ready');
  // Whoever writes must find a reader.
  swarm.stdout.resume();
}
