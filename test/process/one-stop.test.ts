import { describe, expect, test } from 'vitest';
import { kill } from '../support/processes.ts';
import { Swarm } from '../support/swarm.ts';
import { Terminal } from '../support/terminal.ts';
import { freePort, request } from '../support/web.ts';

const CLEAN = { code: 0, signal: null };

async function start(way: string, env: NodeJS.ProcessEnv = {}): Promise<Swarm> {
  const swarm = new Swarm(['-r', './finishes-once.mjs'], { env: { COUNT: '2', WAY: way, ...env } });
  await swarm.event('worker.ready', 2);
  return swarm;
}

function workers(swarm: Swarm): number[] {
  return swarm.events('worker.ready').map(({ pid }) => pid as number);
}

/** Expects that each worker got one stop signal, and was not cut off. */
function finished(swarm: Swarm): void {
  expect(swarm.said('told')).toHaveLength(2);
  expect(swarm.said('finished')).toHaveLength(2);
  expect(swarm.said('second')).toEqual([]);
}

const ORDERS: Record<string, (swarm: Swarm) => Promise<void> | void> = {
  async 'TERM to the workers, then to the supervisor'(swarm) {
    for (const pid of workers(swarm)) kill(pid, 'SIGTERM');
    await swarm.heard('told', 2);
    swarm.signal('SIGTERM');
  },
  async 'TERM to the supervisor, then to the workers'(swarm) {
    swarm.signal('SIGTERM');
    await swarm.heard('told', 2);
    for (const pid of workers(swarm)) kill(pid, 'SIGTERM');
  },
  'TERM to all processes, three times'(swarm) {
    for (let burst = 0; burst < 3; burst += 1) swarm.signalAll('SIGTERM');
  },
  'INT to all processes, as from a terminal'(swarm) {
    swarm.signalAll('SIGINT');
  },
  async 'TERM to the supervisor, then HUP to the workers'(swarm) {
    swarm.signal('SIGTERM');
    await swarm.heard('told', 2);
    for (const pid of workers(swarm)) kill(pid, 'SIGHUP');
  },
  async 'INT to the workers, then TERM and INT to all processes'(swarm) {
    for (const pid of workers(swarm)) kill(pid, 'SIGINT');
    await swarm.heard('told', 2);
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGTERM'] as const) swarm.signalAll(signal);
  },
};

describe.each(['once', 'on', 'impatient', 'impatient-closures', 'reraises', 'reraises-briefly', 'empties'])(
  'an application that handles TERM (%s)',
  (way) => {
    test.each(Object.entries(ORDERS))('gets one signal for one stop: %s', async (_, send) => {
      const swarm = await start(way);
      await send(swarm);
      expect(await swarm.exited).toEqual(CLEAN);
      finished(swarm);
      expect(swarm.said('told').map((line) => line.split(' ')[2])).toEqual(['SIGTERM', 'SIGTERM']);
      expect(swarm.log.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
    });

    test('gets one signal for a stop even if the terminal is closed after Ctrl-C', async () => {
      const terminal = new Terminal('-r ./finishes-once.mjs', { COUNT: '2', WAY: way });
      await terminal.shows(/is ready/, 2);
      terminal.type('\u0003');
      await terminal.shows(/told \d/, 2);
      terminal.hangUp();
      await terminal.gone();
      expect(terminal.screen).not.toContain('second');
    });
  },
);

test('an application that handles only INT finishes on Ctrl-C', async () => {
  const swarm = await start('interrupts');
  for (const pid of workers(swarm)) kill(pid, 'SIGINT');
  await swarm.heard('told', 2);
  swarm.signal('SIGINT');
  expect(await swarm.exited).toEqual(CLEAN);
  finished(swarm);
});

test('an application that handles only INT dies of TERM, as in plain Node', async () => {
  const swarm = await start('interrupts');
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual(CLEAN);
  expect(swarm.events('worker.exit').map(({ signal }) => signal)).toEqual(['SIGTERM', 'SIGTERM']);
  expect(swarm.said('told')).toEqual([]);
});

test('an application that handles no signal runs the hooks of signal-exit, and dies of the signal', async () => {
  const swarm = await start('signal-exit');
  swarm.signalAll('SIGTERM');
  expect(await swarm.exited).toEqual(CLEAN);
  expect(swarm.said('hook')).toHaveLength(2);
  expect(swarm.events('worker.exit').map(({ signal }) => signal)).toEqual(['SIGTERM', 'SIGTERM']);
});

test.each(['impatient', 'impatient-closures'])(
  'USR2 lets an application (%s) finish without a deadline, and a later TERM does not reach it',
  async (way) => {
    const swarm = await start(way, { JOB_MS: '600', SWARM_TIMEOUT: '5' });
    const [first] = workers(swarm);
    kill(first as number, 'SIGUSR2');
    await swarm.heard('told');
    kill(first as number, 'SIGUSR2');
    swarm.signalAll('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    finished(swarm);
  },
);

test('a worker that is stopped by a signal to itself is replaced immediately, and does not count as failed', async () => {
  const swarm = await start('once');
  kill(workers(swarm)[0] as number, 'SIGTERM');
  await swarm.event('worker.ready', 3);
  expect(swarm.events('worker.exit')[0]).toMatchObject({ level: 'info', status: 0 });
  expect(swarm.events('worker.backoff')).toEqual([]);
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual(CLEAN);
});

test.each(['impatient', 'impatient-closures'])(
  'HUP to a worker (%s) has no effect: only the supervisor handles it',
  async (way) => {
    const swarm = await start(way);
    for (const pid of workers(swarm)) kill(pid, 'SIGHUP');
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    finished(swarm);
  },
);

test('HUP reaches a handler that does not stop the application', async () => {
  const swarm = await start('reloads');
  for (const pid of workers(swarm)) kill(pid, 'SIGHUP');
  await swarm.heard('reloads', 2);
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual(CLEAN);
  finished(swarm);
});

test('a server with its own handler answers its pending requests', async () => {
  const port = await freePort();
  const env = { COUNT: '2', PORT: String(port) };
  const swarm = new Swarm(['-r', './closes-itself.mjs'], { env });
  await swarm.event('worker.ready', 2);
  const answers = Array.from({ length: 4 }, () => request(port));
  await swarm.heard('holds', 4);
  for (const pid of workers(swarm)) kill(pid, 'SIGTERM');
  await swarm.heard('closing', 2);
  swarm.signal('SIGTERM');
  await swarm.event('stop');
  for (const pid of workers(swarm)) kill(pid, 'SIGWINCH');
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(await swarm.exited).toEqual(CLEAN);
});
