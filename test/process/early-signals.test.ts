import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { installWith } from '../support/package.ts';
import { fixture, Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const CLEAN = { code: 0, signal: null };

/** A swarm whose launcher waits, before it loads anything, until these signals have been sent. */
async function signalledEarly(signals: readonly NodeJS.Signals[], env: NodeJS.ProcessEnv = {}): Promise<Swarm> {
  const directory = await temporaryDirectory();
  const [waiting, sent] = [join(directory, 'waiting'), join(directory, 'sent')];
  const bin = await installWith(`const fs = require('fs');
    fs.writeFileSync(${JSON.stringify(waiting)}, '');
    while (!fs.existsSync(${JSON.stringify(sent)}));`);
  const swarm = new Swarm(['-r', './idle.mjs'], { bin, env: { COUNT: '1', ...env } });
  await swarm.processesAre('waiting', () => existsSync(waiting));
  for (const signal of signals) swarm.signal(signal);
  writeFileSync(sent, '');
  return swarm;
}

describe('a signal that arrives before swarm has loaded anything', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s: swarm stops, with status 0', async (signal) => {
    const swarm = await signalledEarly([signal]);
    expect(await swarm.exited).toEqual(CLEAN);
    expect(swarm.events('worker.ready')).toEqual([]);
  });

  test.each(['SIGUSR2', 'SIGHUP'] as const)('%s: swarm does not die, and its workers run', async (signal) => {
    const swarm = await signalledEarly([signal]);
    await swarm.event('worker.ready');
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
  });

  test.each(['SIGUSR1', 'SIGTSTP'] as const)('%s: swarm is quiet, and opens no inspector', async (signal) => {
    const swarm = await signalledEarly([signal]);
    expect(await swarm.event('quiet')).toMatchObject({ signal });
    expect(swarm.events('worker.start')).toEqual([]);
    expect(swarm.errors).toEqual([]);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
  });

  test('SIGTTIN: nothing happens', async () => {
    const swarm = await signalledEarly(['SIGTTIN']);
    await swarm.event('worker.ready');
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
  });

  test('several at once, and SIGTERM last: swarm stops', async () => {
    const swarm = await signalledEarly(['SIGUSR1', 'SIGHUP', 'SIGTTIN', 'SIGTSTP', 'SIGUSR2', 'SIGTERM']);
    expect(await swarm.exited).toEqual(CLEAN);
  });

  test('SIGTERM, after swarm has replaced itself with a Node without preloads: swarm stops, with status 0', async () => {
    const swarm = await signalledEarly(['SIGTERM'], { NODE_OPTIONS: `--require ${fixture('default-function.cjs')}` });
    expect(await swarm.exited).toEqual(CLEAN);
    expect(swarm.events('stopped')).toHaveLength(1);
  });

  test('SIGTERM in inline mode: it acts as on a worker', async () => {
    const swarm = await signalledEarly(['SIGTERM'], { SWARM_MODE: 'inline' });
    expect(await swarm.exited).toSatisfy(({ code, signal }) => code === 0 || signal === 'SIGTERM');
    expect(swarm.said('loaded')).toEqual([]);
  });
});

test('an inspector that SIGUSR1 opened before swarm could listen is closed', async () => {
  // What Node does on SIGUSR1 without a listener.
  const bin = await installWith("require('inspector').open(0, '127.0.0.1');");
  const swarm = new Swarm(['-r', './idle.mjs'], { bin, env: { COUNT: '1', SWARM_MODE: 'spawn' } });
  await swarm.event('worker.ready');
  const [port] = /(?<=127\.0\.0\.1:)\d+/.exec(swarm.errors.join('\n')) ?? [];
  expect(port).toBeDefined();
  await expect(fetch(`http://127.0.0.1:${port}/json`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
});

test('a subcommand dies of a signal, like any program', async () => {
  const path = join(await temporaryDirectory(), 'nothing.sock');
  const swarm = new Swarm(['status', '--json'], { env: { SWARM_SOCKET: path } });
  swarm.signal('SIGHUP');
  expect((await swarm.exited).signal).toBe('SIGHUP');
});
