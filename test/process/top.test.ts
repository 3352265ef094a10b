import { join } from 'node:path';
import { expect, test } from 'vitest';
import { has } from '../support/needs.ts';
import { BIN, NODE, Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { Screen } from '../support/tmux.ts';

const TOP = `"${NODE}" "${BIN}" top`;

async function socket(): Promise<{ SWARM_SOCKET: string }> {
  return { SWARM_SOCKET: join(await temporaryDirectory(), 'control.sock') };
}

const onScreen = test.runIf(has('tmux', 'swarm top on a screen'));

onScreen('shows 16 workers on 80 columns, keeps up with what happens, and ends with q', async () => {
  const env = await socket();
  const swarm = new Swarm(['-r', './idle.mjs'], { env: { ...env, COUNT: '16' } });
  await swarm.event('worker.ready', 16);
  const screen = new Screen(TOP, { env, rows: 30 });
  await screen.until('all workers', (text) => /running: 16 of 16 workers ready/.test(text) && text.includes('q quits'));
  const rows = screen.lines.filter((line) => / ready /.test(line) && !line.startsWith('swarm'));
  expect(rows.map((line) => Number(line.trim().split(/ +/)[0]))).toEqual(Array.from({ length: 16 }, (_, slot) => slot));
  expect(screen.coloured).toContain('\u001b[32mready');

  const victim = swarm.events('worker.ready').find(({ worker }) => worker === 3);
  process.kill(victim?.pid as number, 'SIGKILL');
  const next = await swarm.event('worker.ready', 17);
  await screen.until('its replacement', (text) => new RegExp(`^ +3 +3 +${next.pid} ready +\\S+ +1 `, 'm').test(text));

  screen.type('q');
  expect(await screen.exited()).toBe(0);
  // What was there before is there again.
  expect(screen.text).not.toContain('q quits');
});

onScreen('leaves out what does not fit, and says so; a larger window shows it', async () => {
  const env = await socket();
  const swarm = new Swarm(['-r', './idle.mjs'], { env: { ...env, COUNT: '8' } });
  await swarm.event('worker.ready', 8);
  const screen = new Screen(TOP, { env, rows: 10, columns: 60 });
  await screen.until('that there is more', (text) => /… and \d+ more lines\nq quits/.test(text));
  expect(screen.lines[0]).toMatch(/^swarm \d/);
  screen.resize(80, 30);
  await screen.until('all of it', (text) => /^memory: /m.test(text) && !text.includes('more lines'));
  screen.type('\u0003');
  expect(await screen.exited()).toBe(0);
});

onScreen('ends with the swarm, and says so', async () => {
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

onScreen('without colour where NO_COLOR is set', async () => {
  const env = { ...(await socket()), NO_COLOR: '1' };
  const swarm = new Swarm(['-r', './idle.mjs'], { env: { ...env, COUNT: '1' } });
  await swarm.event('worker.ready');
  const screen = new Screen(TOP, { env });
  await screen.until('the swarm', (text) => text.includes('q quits'));
  expect(screen.coloured).toBe(screen.text);
});
