import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { application } from '../support/application.ts';
import { has } from '../support/needs.ts';
import { deploy, untilFailed } from '../support/releases.ts';
import { BIN, NODE, Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { Screen } from '../support/tmux.ts';
import { status, worker } from '../unit/cli/status.ts';

const TOP = `"${NODE}" "${BIN}" top`;

/** To swarm, a BullMQ Worker. The name of its job is full of terminal control sequences. */
const BUSY = String.raw`
  import { EventEmitter } from 'node:events';
  export default function () {
    const timer = setInterval(() => {}, 60_000);
    const worker = Object.assign(new EventEmitter(), {
      concurrency: 1, run() {}, isRunning() {}, async pause() {}, async close() { clearInterval(timer); },
    });
    setImmediate(() => worker.emit('active', { id: '4711', name: '\x1b[2J\x1b[31m注文\x1b[0m two\r\nlines\x07' }));
    return worker;
  }`;

async function socket(): Promise<{ SWARM_SOCKET: string }> {
  return { SWARM_SOCKET: join(await temporaryDirectory(), 'control.sock') };
}

/** The slots of the workers on the screen, from top to bottom. */
function slotsOn(lines: readonly string[]): number[] {
  return lines.flatMap((line) => (/^ +\d+ .* ready /.test(line) ? Number(line.trim().split(/ +/)[0]) : []));
}

function slots(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, number) => from + number);
}

const onScreen = test.runIf(has('tmux', 'swarm top on a screen'));

onScreen('swarm top shows 16 workers in 80 columns, follows what happens, and quits on q', async () => {
  const env = await socket();
  const swarm = new Swarm(['-r', './idle.mjs'], { env: { ...env, COUNT: '16' } });
  await swarm.event('worker.ready', 16);
  const screen = new Screen(TOP, { env, rows: 30 });
  await screen.until('all workers', (text) => /running: 16 of 16 workers ready/.test(text) && text.includes('q quits'));
  expect(slotsOn(screen.lines)).toEqual(slots(0, 15));
  expect(screen.colored).toContain('\u001b[32mready');

  const victim = swarm.events('worker.ready').find(({ worker }) => worker === 3);
  process.kill(victim?.pid as number, 'SIGKILL');
  const next = await swarm.event('worker.ready', 17);
  await screen.until('its replacement', (text) => new RegExp(`^ +3 +3 +${next.pid} ready +\\S+ +1 `, 'm').test(text));
  expect(screen.text).toMatch(new RegExp(`^\\S+ worker 3 \\(index 3, pid ${next.pid}\\) is ready`, 'm'));

  screen.type('q');
  expect(await screen.exited()).toBe(0);
  // The previous content of the terminal is restored.
  expect(screen.text).not.toContain('q quits');
});

onScreen('swarm top says what does not fit, and shows it in a larger window', async () => {
  const env = await socket();
  const swarm = new Swarm(['-r', './idle.mjs'], { env: { ...env, COUNT: '8' } });
  await swarm.event('worker.ready', 8);
  const screen = new Screen(TOP, { env, rows: 10, columns: 60 });
  await screen.until(
    'the count of all workers',
    (text) => /^workers 1–5 of 8$/m.test(text) && text.includes('q quits'),
  );
  expect(screen.lines[0]).toMatch(/^swarm \d/);
  screen.resize(80, 30);
  await screen.until('the whole status', (text) => /^memory: /m.test(text) && slotsOn(text.split('\n')).length === 8);
  screen.type('\u0003');
  expect(await screen.exited()).toBe(0);
});

onScreen('swarm top scrolls through 50 workers, and sorts them', async () => {
  const env = await socket();
  // Spawned, 50 workers would take gigabytes.
  const swarm = new Swarm(['-r', './idle.mjs'], { env: { ...env, COUNT: '50', SWARM_MODE: 'auto' } });
  await swarm.event('worker.ready', 50);
  const screen = new Screen(TOP, { env, rows: 24, columns: 120 });
  const shows = async (title: string, from: number, to: number) => {
    await screen.until(title, (text) => text.split('\n')[2] === title && text.includes('q quits'));
    expect(slotsOn(screen.lines)).toEqual(slots(from, to));
    expect(screen.lines[0]).toMatch(/running: 50 of 50 workers ready$/);
    expect(screen.text).toMatch(/^memory: /m);
  };
  await shows('workers 1–14 of 50', 0, 13);
  expect(screen.lines[3]).toMatch(/^SLOT▲ INDEX GEN .* BUSY WITH/);
  screen.press('NPage');
  await shows('workers 15–28 of 50', 14, 27);
  screen.press('Down', 'j');
  await shows('workers 17–30 of 50', 16, 29);
  screen.press('Up', 'k', 'PPage');
  await shows('workers 1–14 of 50', 0, 13);
  screen.press('End');
  await shows('workers 37–50 of 50', 36, 49);
  screen.resize(120, 34);
  await shows('workers 27–50 of 50', 26, 49);
  screen.press('Home');
  await shows('workers 1–24 of 50', 0, 23);

  const victim = swarm.events('worker.ready').find(({ worker }) => worker === 40);
  process.kill(victim?.pid as number, 'SIGKILL');
  await swarm.event('worker.ready', 51);
  screen.press('s', 's', 's');
  await screen.until(
    'the restarted worker',
    (text) => text.includes('RESTARTS▼') && slotsOn(text.split('\n'))[0] === 40,
  );
  screen.press('s', 'r');
  await screen.until('the last slot', (text) => text.includes('SLOT▼') && slotsOn(text.split('\n'))[0] === 49);
  screen.type('q');
  expect(await screen.exited()).toBe(0);
});

onScreen('swarm top removes control sequences from what an application says', async () => {
  const env = { ...(await socket()), NO_COLOR: '1' };
  const directory = await application({ 'jobs.mjs': BUSY });
  const swarm = new Swarm(['-r', './jobs.mjs'], { cwd: directory, env: { ...env, COUNT: '1' } });
  await swarm.event('worker.ready');
  const screen = new Screen(TOP, { env, columns: 140 });
  await screen.until('the job', (text) => /BUSY WITH *\n.* EventEmitter: job 4711 "注文 two lines "$/m.test(text));

  await deploy(directory, {
    'jobs.mjs': String.raw`throw new Error('\x1b[31mno\x1b[0m such\x07 database\x1b[2J\x1b[H')`,
  });
  swarm.signal('SIGUSR2');
  await untilFailed(swarm);
  await screen.until('the failure', (text) => /^generation 2 failed: .* Error: no such database$/m.test(text));
  expect(screen.text).toMatch(/^\d\d:\d\d:\d\d generation 2 failed: /m);
  expect(screen.lines[0]).toMatch(/^swarm \d/);
  expect(screen.colored).toBe(screen.text);
  screen.type('q');
  expect(await screen.exited()).toBe(0);
});

onScreen('swarm top restores the terminal while it is suspended', async () => {
  const env = await socket();
  const swarm = new Swarm(['-r', './idle.mjs'], { env: { ...env, COUNT: '1' } });
  await swarm.event('worker.ready');
  // Only an interactive shell has job control.
  const screen = new Screen('bash --norc -i', { env });
  const isTop = (text: string) => text.includes('q quits');
  await screen.until('the shell', (text) => /^bash-\S+ *$/m.test(text));
  screen.type(`${TOP}\n`);
  await screen.until('the swarm', isTop);
  screen.press('C-z');
  await screen.until('the shell again', (text) => !isTop(text) && /Stopped/.test(text));
  // Echoed, because the terminal is no longer in raw mode.
  screen.type('echo $((40 + 2))\n');
  await screen.until('the command and its output', (text) => /echo \$.*\n42$/m.test(text));
  screen.type('fg\n');
  await screen.until('the swarm again', isTop);
  screen.type('q');
  await screen.until('the shell at last', (text) => !isTop(text));
  screen.type('echo status $?\n');
  await screen.until('its status', (text) => /^status 0$/m.test(text));
  screen.type('exit\n');
  expect(await screen.exited()).toBe(0);
});

onScreen('swarm top quits while it waits for an answer', async () => {
  const env = await socket();
  const asked = new EventEmitter();
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    if (requests === 1) return response.end(JSON.stringify(status([worker(0)])));
    // An answer that never ends, and never stalls either.
    const trickle = setInterval(() => response.write(' '), 100);
    response.on('close', () => clearInterval(trickle));
    return asked.emit('again');
  });
  server.listen(env.SWARM_SOCKET);
  onTestFinished(() => void server.close().closeAllConnections());
  const again = once(asked, 'again');
  const screen = new Screen(TOP, { env });
  await again;
  screen.type('q');
  expect(await screen.exited()).toBe(0);
});

onScreen('swarm top ends with the swarm, and says so', async () => {
  const env = await socket();
  const swarm = new Swarm(['-r', './idle.mjs'], { env: { ...env, COUNT: '1' } });
  await swarm.event('worker.ready');
  const screen = new Screen(TOP, { env });
  await screen.until('the swarm', (text) => text.includes('q quits'));
  swarm.signal('SIGTERM');
  await swarm.exited;
  expect(await screen.exited()).toBe(1);
  await screen.until('why', (text) => text.includes(`swarm: the swarm (pid ${swarm.pid}) no longer answers`));
});

onScreen('swarm top uses no colors if NO_COLOR is set', async () => {
  const env = { ...(await socket()), NO_COLOR: '1' };
  const swarm = new Swarm(['-r', './idle.mjs'], { env: { ...env, COUNT: '1' } });
  await swarm.event('worker.ready');
  const screen = new Screen(TOP, { env });
  await screen.until('the swarm', (text) => text.includes('q quits'));
  expect(screen.colored).toBe(screen.text);
});
