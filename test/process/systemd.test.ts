import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { application } from '../support/application.ts';
import { has } from '../support/needs.ts';
import { NotifySocket } from '../support/notify-socket.ts';
import { install, installWith, withoutAddon } from '../support/package.ts';
import { BIN, fixture, MODE, Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const CLEAN = { code: 0, signal: null };
/** Microseconds. A message is due after half of it. */
const WATCHDOG_USEC = '100000';

const inSystemd = test.runIf(has('python3', 'notifications to systemd'));

async function socketPath(): Promise<string> {
  return join(await temporaryDirectory(), 'notify');
}

/** The state and the status of each notification, in order. */
function outline({ news }: NotifySocket): string[] {
  return news.map(({ text, values }) => {
    const state = ['READY', 'RELOADING', 'STOPPING'].find((name) => values[name] === '1');
    expect(text).toMatch(/^(STATUS=|READY=1\n|RELOADING=1\nMONOTONIC_USEC=\d+\n|STOPPING=1\n)/);
    return `${state ? `${state} ` : ''}${values['STATUS']}`;
  });
}

function monotonic(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

inSystemd(
  'only the supervisor notifies systemd: READY when all workers are proven, STOPPING before the first one exits',
  async () => {
    const systemd = await NotifySocket.open(await socketPath());
    const go = join(await temporaryDirectory(), 'go');
    const env = { COUNT: '3', NOTIFY_SOCKET: systemd.address, WATCHDOG_USEC, GO: go };
    const swarm = new Swarm(['-r', './gate.mjs'], { env });
    const waiting = await swarm.heard('waits', 3);
    expect(waiting.map((line) => line.split(' ')[2])).toEqual(['[]', '[]', '[]']);
    for (const index of [2, 0]) await writeFile(`${go}.${index}`, '');
    await systemd.told({ STATUS: '2 of 3 workers are ready' });
    expect(outline(systemd).join()).not.toContain('READY');
    await writeFile(`${go}.1`, '');
    await systemd.told({ READY: '1' });
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    await systemd.told({ STATUS: 'stopped' });

    expect(outline(systemd)).toEqual([
      ...(MODE === 'fork' ? ['preloading'] : []),
      '0 of 3 workers are ready',
      '1 of 3 workers are ready',
      '2 of 3 workers are ready',
      '3 of 3 workers are ready',
      'READY 3 of 3 workers are ready',
      'STOPPING stopping: 3 workers left',
      'stopping: 2 workers left',
      'stopping: 1 worker left',
      'stopped',
    ]);
    // NotifyAccess=main ignores every other process.
    expect(new Set(systemd.notices.map(({ pid }) => pid))).toEqual(new Set([swarm.pid]));
  },
);

inSystemd('systemd never gets READY if no worker stays ready', async () => {
  const systemd = await NotifySocket.open(await socketPath());
  const env = { COUNT: '2', NOTIFY_SOCKET: systemd.address };
  const swarm = new Swarm(['-r', './crashes.mjs'], { env });
  expect(await swarm.exited).toEqual({ code: 1, signal: null });
  await systemd.told({ STATUS: 'stopped, because no worker could boot: see the log' });
  expect(outline(systemd).join('\n')).not.toContain('READY');
});

inSystemd('systemd is notified of a rolling restart, of a failed one, and of quiet', async () => {
  const systemd = await NotifySocket.open(await socketPath());
  const good =
    'export default ({ stopSignal }) => {\n  const t = setInterval(() => {}, 60_000);\n  stopSignal.addEventListener("abort", () => clearInterval(t));\n};\n';
  const directory = await application({ 'jobs.mjs': good });
  const env = { COUNT: '2', NOTIFY_SOCKET: systemd.address };
  const swarm = new Swarm(['-r', './jobs.mjs'], { cwd: directory, env });
  await systemd.told({ READY: '1' });
  const booted = systemd.news.length;
  const before = monotonic();
  swarm.signal('SIGHUP');
  const { values } = await systemd.told({ RELOADING: '1' });
  expect(Number(values['MONOTONIC_USEC'])).toBeGreaterThanOrEqual(before);
  expect(Number(values['MONOTONIC_USEC'])).toBeLessThanOrEqual(monotonic());
  await systemd.told({ READY: '1' }, booted);
  const renewed = systemd.news.length;
  expect(outline(systemd).slice(booted)).toEqual([
    'RELOADING generation 2 is being prepared: 2 of 2 workers are ready',
    'generation 2 is on trial: 2 of 2 workers are ready',
    'generation 2 takes over: 1 of 2 workers renewed',
    'generation 2 takes over: 2 of 2 workers renewed',
    'READY generation 2: 2 of 2 workers are ready',
  ]);

  await writeFile(join(directory, 'jobs.mjs'), 'throw new Error("no");');
  swarm.signal('SIGHUP');
  await systemd.told({ READY: '1' }, renewed);
  expect(outline(systemd).slice(renewed)).toEqual([
    'RELOADING generation 3 is being prepared: 2 of 2 workers are ready',
    'generation 3 is on trial: 2 of 2 workers are ready',
    'READY generation 3 failed, see the log: 2 of 2 workers are ready',
  ]);

  swarm.signal('SIGTSTP');
  await systemd.told({ STATUS: 'quiet: 2 workers left, and no more will start' });
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual(CLEAN);
});

inSystemd('an abstract NOTIFY_SOCKET gets notifications', async () => {
  const systemd = await NotifySocket.open(`@${await socketPath()}`);
  const swarm = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '1', NOTIFY_SOCKET: systemd.address } });
  const { pid } = await systemd.told({ READY: '1' });
  expect(pid).toBe(swarm.pid);
});

describe('the watchdog gets no message while the supervisor', () => {
  /** Expects no message during a time in which several are due. */
  async function silence(systemd: NotifySocket): Promise<void> {
    const before = systemd.wellness;
    await sleep((10 * Number(WATCHDOG_USEC)) / 1000);
    // One can already have been sent.
    expect(systemd.wellness - before).toBeLessThanOrEqual(1);
  }

  async function watched(env: NodeJS.ProcessEnv, bin = BIN): Promise<{ systemd: NotifySocket; swarm: Swarm }> {
    const systemd = await NotifySocket.open(await socketPath());
    const watchdog = { NOTIFY_SOCKET: systemd.address, WATCHDOG_USEC };
    const swarm = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '1', ...watchdog, ...env }, bin });
    await systemd.told({ READY: '1' });
    await more(systemd);
    return { systemd, swarm };
  }

  function more(systemd: NotifySocket): Promise<void> {
    const before = systemd.wellness;
    return systemd.until('the watchdog', () => systemd.wellness > before + 2);
  }

  inSystemd('is suspended', async () => {
    const { systemd, swarm } = await watched({});
    swarm.signal('SIGSTOP');
    await silence(systemd);
    swarm.signal('SIGCONT');
    await more(systemd);
  });

  inSystemd('is blocked', async () => {
    const go = join(await temporaryDirectory(), 'go');
    const bin = await installWith(`require(${JSON.stringify(fixture('block-on-winch.cjs'))});`);
    const { systemd, swarm } = await watched({ GO: go }, bin);
    swarm.signal('SIGWINCH');
    await swarm.heard('blocked');
    await silence(systemd);
    await writeFile(go, '');
    await more(systemd);
  });

  inSystemd('is not the process that WATCHDOG_PID names', async () => {
    const systemd = await NotifySocket.open(await socketPath());
    const watchdog = { WATCHDOG_USEC: '20000', WATCHDOG_PID: '1' };
    const swarm = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '1', NOTIFY_SOCKET: systemd.address, ...watchdog } });
    await systemd.told({ READY: '1' });
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    await systemd.told({ STATUS: 'stopped' });
    expect(systemd.wellness).toBe(0);
  });
});

describe('the swarm keeps running', () => {
  inSystemd('while nobody reads the socket, and READY arrives once somebody does', async () => {
    const systemd = await NotifySocket.open(await socketPath(), { full: true });
    const swarm = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '1', NOTIFY_SOCKET: systemd.address } });
    const { pid } = await swarm.event('worker.ready');
    process.kill(pid as number, 'SIGKILL');
    await swarm.event('worker.ready', 2);
    expect(systemd.notices).toEqual([]);
    systemd.read();
    await systemd.told({ READY: '1' });
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    expect(swarm.events('systemd')).toEqual([]);
  });

  inSystemd('if nobody ever reads the socket, and stops cleanly', async () => {
    const systemd = await NotifySocket.open(await socketPath(), { full: true });
    const env = { COUNT: '1', NOTIFY_SOCKET: systemd.address, WATCHDOG_USEC };
    const swarm = new Swarm(['-r', './idle.mjs'], { env });
    await swarm.event('worker.ready');
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
  });

  inSystemd('if systemd is gone, warns once, and notifies its successor', async () => {
    const systemd = await NotifySocket.open(await socketPath());
    const env = { COUNT: '1', NOTIFY_SOCKET: systemd.address, WATCHDOG_USEC };
    const swarm = new Swarm(['-r', './idle.mjs'], { env });
    await systemd.told({ READY: '1' });
    await systemd.close();
    const warning = await swarm.event('systemd');
    expect(warning).toMatchObject({
      level: 'warn',
      msg: expect.stringContaining('(ECONNREFUSED): swarm cannot report its state to systemd'),
    });
    await rename(systemd.address, `${systemd.address}.old`);
    const next = await NotifySocket.open(systemd.address);
    await next.told({ WATCHDOG: '1' });
    process.kill((await swarm.event('worker.ready')).pid as number, 'SIGKILL');
    await next.told({ STATUS: '1 of 1 worker is ready' });
    expect(swarm.events('systemd')).toHaveLength(1);
    await rm(systemd.address);
    await swarm.event('systemd', 2);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
  });

  test('if the kind of address is not supported', async () => {
    const swarm = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '1', NOTIFY_SOCKET: 'vsock:2:1234' } });
    await swarm.event('worker.ready');
    expect((await swarm.event('systemd')).msg).toContain('vsock:2:1234 (EAFNOSUPPORT)');
  });

  test('without the addon, and a warning says what to do', async () => {
    const bin = await withoutAddon(await install());
    const env = { COUNT: '1', NOTIFY_SOCKET: '/run/notify' };
    const swarm = new Swarm(['-r', './idle.mjs'], { bin, env });
    await swarm.event('worker.ready');
    const warning = /^NOTIFY_SOCKET has no effect: the addon was not built for linux-\w+, .* use Type=exec/;
    expect((await swarm.event('systemd')).msg).toMatch(warning);
  });
});
