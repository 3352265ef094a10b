import { beforeEach, describe, expect, test, vi } from 'vitest';
import { openSystemd, Systemd, takeInvitation } from '../../../src/control/systemd.ts';
import type { Entry } from '../../../src/log/logger.ts';
import * as binding from '../../../src/native/binding.ts';
import { NoNativeError } from '../../../src/native/binding.ts';
import { Simulation } from '../supervisor/simulation.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval'] });
  return () => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  };
});

class FakeSocket {
  /** The error code with which sending fails, if any. */
  error: string | undefined;
  readonly received: string[] = [];

  notify(address: string, text: string): void {
    expect(address).toBe('/run/notify');
    if (this.error) throw Object.assign(new Error(`sending (${this.error})`), { code: this.error });
    this.received.push(text.split('\n')[0] as string);
  }
}

function systemd({ watchdog = 0 } = {}) {
  const socket = new FakeSocket();
  const entries: Entry[] = [];
  const logger = { write: (entry: Entry) => void entries.push(entry), close: async () => true };
  return { socket, entries, systemd: new Systemd({ address: '/run/notify', watchdog }, logger, socket) };
}

describe('the invitation', () => {
  test.each([
    [{}, undefined],
    [{ NOTIFY_SOCKET: '' }, undefined],
    [{ WATCHDOG_USEC: '2000000' }, undefined],
    [{ NOTIFY_SOCKET: '@x' }, { address: '@x', watchdog: 0 }],
    [
      { NOTIFY_SOCKET: '@x', WATCHDOG_USEC: '2500' },
      { address: '@x', watchdog: 2.5 },
    ],
    [
      { NOTIFY_SOCKET: '@x', WATCHDOG_USEC: '2000', WATCHDOG_PID: '7' },
      { address: '@x', watchdog: 2 },
    ],
    [
      { NOTIFY_SOCKET: '@x', WATCHDOG_USEC: '2000', WATCHDOG_PID: '8' },
      { address: '@x', watchdog: 0 },
    ],
    [
      { NOTIFY_SOCKET: '@x', WATCHDOG_USEC: '0' },
      { address: '@x', watchdog: 0 },
    ],
    [
      { NOTIFY_SOCKET: '@x', WATCHDOG_USEC: '-1' },
      { address: '@x', watchdog: 0 },
    ],
    [
      { NOTIFY_SOCKET: '@x', WATCHDOG_USEC: 'soon' },
      { address: '@x', watchdog: 0 },
    ],
  ])('%j', (variables, invitation) => {
    const environment: NodeJS.ProcessEnv = { ...variables, PATH: '/bin' };
    expect(takeInvitation(environment, 7)).toEqual(invitation);
    expect(environment).toEqual({ PATH: '/bin' });
  });

  test('is taken even without the addon, and a warning says what to do', () => {
    vi.spyOn(binding, 'loadNative').mockImplementation(() => {
      throw new NoNativeError('the addon was not built for linux-x64');
    });
    const entries: Entry[] = [];
    const environment: NodeJS.ProcessEnv = { NOTIFY_SOCKET: '@x' };
    const logger = { write: (entry: Entry) => void entries.push(entry), close: async () => true };
    expect(openSystemd(environment, logger)).toBeUndefined();
    expect(environment).toEqual({});
    expect(entries).toMatchObject([
      {
        level: 'warn',
        message: expect.stringMatching(/^NOTIFY_SOCKET has no effect: the addon was not built .*Type=exec/),
      },
    ]);
  });
});

describe('the watchdog', () => {
  test('is pinged at half of its interval', () => {
    const { socket } = systemd({ watchdog: 3000 });
    vi.advanceTimersByTime(1499);
    expect(socket.received).toEqual([]);
    vi.advanceTimersByTime(3001);
    expect(socket.received).toEqual(['WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1']);
  });

  test('can have a longer interval than a timer', () => {
    const { socket } = systemd({ watchdog: 2 ** 60 });
    vi.advanceTimersByTime(1000);
    expect(socket.received).toEqual([]);
  });

  test('is not pinged if it is off', () => {
    const { socket } = systemd();
    vi.advanceTimersByTime(100_000);
    expect(socket.received).toEqual([]);
  });
});

describe('a full queue', () => {
  test('loses only outdated STATUS messages', () => {
    const { socket, systemd: told, entries } = systemd({ watchdog: 500 });
    socket.error = 'EAGAIN';
    const swarm = new Simulation({ count: 1 });
    swarm.event({ type: 'boot' });
    told.observe(swarm.fleet);
    swarm.comeUp(1);
    told.observe(swarm.fleet);
    swarm.exit(1, { code: 1 });
    told.observe(swarm.fleet);
    swarm.becomeReady(2);
    told.observe(swarm.fleet);
    vi.advanceTimersByTime(3000);
    expect(socket.received).toEqual([]);
    socket.error = undefined;
    vi.advanceTimersByTime(1000);
    expect(socket.received.filter((text) => text !== 'WATCHDOG=1')).toEqual([
      'READY=1',
      'STATUS=1 of 1 worker is ready',
    ]);
    expect(entries).toEqual([]);
  });
});

describe('a socket that disappears', () => {
  test('causes one warning, and another if it comes back and disappears again', () => {
    const { socket, systemd: told, entries } = systemd({ watchdog: 2000 });
    socket.error = 'ECONNREFUSED';
    told.observe(new Simulation({ count: 1 }).fleet);
    vi.advanceTimersByTime(5000);
    expect(entries.map(({ message }) => message)).toEqual([
      'sending (ECONNREFUSED): swarm cannot report its state to systemd (NOTIFY_SOCKET), but keeps running',
    ]);
    socket.error = undefined;
    vi.advanceTimersByTime(1000);
    expect(socket.received).toEqual(['WATCHDOG=1']);
    socket.error = 'ENOENT';
    vi.advanceTimersByTime(5000);
    expect(entries).toHaveLength(2);
  });
});
