import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { application } from '../support/application.ts';
import { titleOf } from '../support/proc.ts';
import { kill } from '../support/processes.ts';
import { fixture, Swarm } from '../support/swarm.ts';

/** npm finds `swarm` in node_modules/.bin. Here that is a script that executes its arguments. */
const SCRIPTS = { start: 'swarm', chain: 'true && swarm', nested: 'npm run chain --', detached: 'setsid swarm' };
const FILES = {
  'package.json': { scripts: SCRIPTS },
  'node_modules/.bin/swarm': '#!/bin/sh\nexec "$@"\n',
  '.npmrc': 'offline=true\nupdate-notifier=false\n',
};

async function under(...command: string[]): Promise<Swarm> {
  const cwd = await application(FILES);
  await chmod(join(cwd, 'node_modules/.bin/swarm'), 0o755);
  const swarm = new Swarm(['-r', fixture('idle.mjs')], { cwd, env: { COUNT: '2' }, prefix: command });
  await swarm.event('worker.ready', 2);
  return swarm;
}

test.each([
  [['npm', 'exec', '--', 'swarm'], 'SIGTERM'],
  [['npm', 'start', '--'], 'SIGTERM'],
  [['npm', 'run', 'chain', '--'], 'SIGTERM'],
  [['npm', 'run', 'nested', '--'], 'SIGTERM'],
  // The shell between npm and swarm survives.
  [['npm', 'run', 'chain', '--'], 'SIGKILL'],
] as const)('%j: when %s ends npm, swarm stops, and says why', async (command, signal) => {
  const swarm = await under(...command);
  swarm.signal(signal);
  expect(await swarm.event('stop')).toMatchObject({
    runner: 'npm',
    msg: 'npm, which started swarm, has ended: stopping 2 workers within 25 s',
  });
  expect(await swarm.event('stopped')).toMatchObject({ status: 0 });
  await swarm.gone();
  expect(swarm.events('stop')).toHaveLength(1);
});

test('Ctrl-C under npm stops swarm once, because of the signal', async () => {
  const swarm = await under('npm', 'exec', '--', 'swarm');
  swarm.signalAll('SIGINT');
  await swarm.event('stopped');
  await swarm.gone();
  expect(swarm.events('stop')).toEqual([expect.objectContaining({ signal: 'SIGINT' })]);
});

test('a swarm that npm only launched keeps running without npm', async () => {
  const swarm = await under('npm', 'run', 'detached', '--');
  const supervisor = swarm.processes().find((pid) => titleOf(pid).startsWith('swarm supervisor')) as number;
  swarm.signal('SIGTERM');
  await swarm.processesAre('no npm', (pids) => !pids.includes(swarm.pid));
  // Each replacement takes a second. In that time swarm would notice that npm has ended.
  kill(supervisor, 'SIGUSR2');
  await swarm.event('reload', 2);
  expect(swarm.events('stop')).toEqual([]);
  kill(supervisor, 'SIGTERM');
  await swarm.event('stopped');
  await swarm.gone();
});
