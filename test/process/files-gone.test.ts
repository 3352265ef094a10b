import { renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ask } from '../support/control.ts';
import { install } from '../support/package.ts';
import { MODE, Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const CLEAN = { code: 0, signal: null };

/** A swarm that runs from its own copy of the package, with the path of that copy and of the control socket. */
async function installed(env: NodeJS.ProcessEnv = {}) {
  const bin = await install();
  const root = dirname(dirname(bin));
  const socket = join(await temporaryDirectory(), 'control.sock');
  const swarm = new Swarm(['-r', './idle.mjs'], { bin, env: { COUNT: '2', SWARM_SOCKET: socket, ...env } });
  await swarm.event('worker.ready', 2);
  return { swarm, root, socket };
}

function remove(root: string): void {
  for (const folder of ['node_modules', 'dist', 'bin', 'package.json']) {
    rmSync(join(root, folder), { recursive: true });
  }
}

describe('a swarm whose files were deleted', () => {
  test('answers requests or says why it cannot, and keeps running', async () => {
    const { swarm, root, socket } = await installed();
    remove(root);
    expect(await ask(socket, 'GET', '/metrics')).toMatchObject({
      code: 500,
      body: { error: expect.stringContaining('prom-client') },
    });
    expect(await ask(socket, 'GET', '/status')).toMatchObject({ code: 200, body: { ready: 2, pid: swarm.pid } });
    expect(await ask(socket, 'GET', '/nowhere')).toMatchObject({ code: 404 });
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
  });

  test('is stopped by POST /stop', async () => {
    const { swarm, root, socket } = await installed();
    remove(root);
    expect(await ask(socket, 'POST', '/stop')).toMatchObject({ code: 202 });
    expect(await swarm.exited).toEqual(CLEAN);
  });

  test('replaces a dead worker if it has a mold, and otherwise retries until it is stopped', async () => {
    const { swarm, root, socket } = await installed();
    remove(root);
    process.kill(swarm.events('worker.ready')[0]?.pid as number, 'SIGKILL');
    if (MODE === 'fork') await swarm.event('worker.ready', 3);
    else await swarm.event('worker.backoff');
    expect(await ask(socket, 'GET', '/status')).toMatchObject({ code: 200, body: { phase: 'running' } });
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
  });

  test('reports that a rolling restart failed, and keeps its workers', async () => {
    const { swarm, root, socket } = await installed({ SWARM_BOOT_TIMEOUT: '10' });
    remove(root);
    expect(await ask(socket, 'POST', '/restart')).toMatchObject({ code: 202 });
    await swarm.until('a failed restart', () => swarm.events('reload').some(({ level }) => level === 'error'));
    expect(await ask(socket, 'GET', '/status')).toMatchObject({ body: { ready: 2, phase: 'running' } });
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
  });

  test('still logs metrics', async () => {
    const { swarm, root } = await installed({ SWARM_METRICS: 'log', SWARM_METRICS_INTERVAL: '0.1' });
    remove(root);
    const before = swarm.events('metrics').length;
    await swarm.event('metrics', before + 3);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
  });
});

test('a request that failed while files were missing succeeds once they are back', async () => {
  const { swarm, root, socket } = await installed();
  const [there, away] = [join(root, 'node_modules'), join(root, 'away')];
  renameSync(there, away);
  expect(await ask(socket, 'GET', '/metrics')).toMatchObject({ code: 500 });
  renameSync(away, there);
  expect(await ask(socket, 'GET', '/metrics')).toMatchObject({ code: 200 });
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual(CLEAN);
});
