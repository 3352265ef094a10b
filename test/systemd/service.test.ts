import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { skip } from '../support/needs.ts';
import { Systemd } from './systemd.ts';

const can = spawnSync('unshare', ['--mount', '--pid', '--cgroup', '--fork', 'systemd-analyze', '--version']);
const runs = can.status === 0 || skip('a real systemd', 'it needs root and the Debian package systemd (.ci/packages)');

const underSystemd = test.runIf(runs);

describe.each(['fork', 'spawn'])('the example unit, %s mode', (mode) => {
  const start = (...lines: string[]) => Systemd.start(`Environment=SWARM_MODE=${mode}`, ...lines);

  underSystemd(
    'starts, reloads and stops without losing a job, and makes no system call that the unit forbids',
    async () => {
      // A forbidden call kills the process: Node could tolerate an error.
      const systemd = await start('Environment=COUNT=3 JOB_MS=300', 'SystemCallErrorNumber=kill');
      await systemd.systemctl('start', 'swarm');
      expect(await systemd.property('StatusText')).toBe('3 of 3 workers are ready');
      // Log lines and notifications take different paths.
      await systemd.until('three workers', () => systemd.events('worker.ready').length === 3);
      await systemd.systemctl('reload', 'swarm');
      const renewed = 'generation 2: 3 of 3 workers are ready';
      await systemd.until(renewed, async () => (await systemd.property('StatusText')) === renewed);
      await systemd.systemctl('stop', 'swarm');
      expect(await systemd.property('Result')).toBe('success');
      expect(jobs(systemd, 'begin')).not.toEqual([]);
      expect(jobs(systemd, 'done')).toEqual(jobs(systemd, 'begin'));
      expect(systemd.events('worker.exit').map(({ status }) => status)).toEqual([0, 0, 0, 0, 0, 0]);
    },
  );

  underSystemd('can measure the memory of its workers', async () => {
    const systemd = await start('Environment=COUNT=1 SWARM_MAXMEM_MB=1 SWARM_MEMORY_INTERVAL=1');
    await systemd.systemctl('start', 'swarm');
    await systemd.until('a recycled worker', () => systemd.events('worker.recycle').length > 0);
  });
});

underSystemd('systemd replaces a supervisor that hangs', async () => {
  const systemd = await Systemd.start('Environment=COUNT=1', 'WatchdogSec=5', 'RestartSec=0');
  await systemd.systemctl('start', 'swarm');
  await systemd.signal('STOP');
  await systemd.until('the watchdog', async () => (await systemd.property('NRestarts')) === '1');
  await systemd.until('the next supervisor', async () => (await systemd.property('ActiveState')) === 'active');
  const boots = systemd.events('boot').filter(({ msg }) => msg.startsWith('swarm boot:'));
  expect(boots).toHaveLength(2);
});

// With the KillMode= and WatchdogSignal= that a comment in the example suggests.
underSystemd.each([
  ['is killed', 'KILL'],
  ['hangs', 'STOP'],
])('workers finish their jobs if KillMode= leaves them time when the supervisor %s', async (_what, signal) => {
  const other = [
    'KillMode=control-group',
    'WatchdogSignal=SIGTERM',
    'WatchdogSec=5',
    'TimeoutStopSec=10',
    'Restart=no',
  ];
  const systemd = await Systemd.start('Environment=COUNT=2 JOB_MS=2000', ...other);
  await systemd.systemctl('start', 'swarm');
  await systemd.until('jobs', () => systemd.said('begin').length >= 2);
  await systemd.signal(signal);
  await systemd.until('the end', async () => (await systemd.property('ActiveState')) === 'failed');
  expect(systemd.said('stopped')).toHaveLength(2);
  expect(jobs(systemd, 'done')).toEqual(jobs(systemd, 'begin'));
});

underSystemd('systemd does not retry after an invalid setting', async () => {
  const systemd = await Systemd.start('Environment=COUNT=many', 'RestartSec=0');
  await expect(systemd.systemctl('start', 'swarm')).rejects.toThrow();
  expect(await systemd.property('ExecMainStatus')).toBe('78');
  expect(await systemd.property('ActiveState')).toBe('failed');
  expect(await systemd.property('NRestarts')).toBe('0');
});

underSystemd('swarm extends the stop timeout of systemd to its own timeout', async () => {
  const systemd = await Systemd.start('Environment=COUNT=1 JOB_MS=9000', 'TimeoutStopSec=5');
  await systemd.systemctl('start', 'swarm');
  await systemd.until('a job', () => systemd.said('begin').length > 0);
  await systemd.systemctl('stop', 'swarm');
  expect(systemd.said('done')).toHaveLength(1);
  expect(await systemd.property('Result')).toBe('success');
});

function jobs(systemd: Systemd, word: string): string[] {
  return systemd
    .said(word)
    .map((line) => line.slice(word.length))
    .sort();
}
