import { once } from 'node:events';
import { copyFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { application } from '../support/application.ts';
import { command } from '../support/control.ts';
import { kill } from '../support/processes.ts';
import { NODE, Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { freePort, request } from '../support/web.ts';

const CLEAN = { code: 0, signal: null };
const GAVE_UP = { code: 1, signal: null };

/** A server on PORT that answers with its version. */
const serves = (version: string) => `
  import { createServer } from 'node:http';
  import { say } from './say.mjs';
  const server = createServer((_, response) => response.end('${version} ' + process.pid));
  server.listen(process.env.PORT, () => say('listens', '${version}'));`;

/** A common kind of program: it is ready immediately, and fails a moment later in something it awaits. */
const FAILS_LATER = `
  import { setTimeout as sleep } from 'node:timers/promises';
  async function main() {
    await sleep(100);
    throw new Error('no such database');
  }
  main().catch((error) => {
    console.error(error);
    process.exit(1);
  });`;

const IDLES = 'setInterval(() => {}, 60_000);';

const SAY = `
  import { writeSync } from 'node:fs';
  export const say = (word, ...rest) => void writeSync(1, [word, process.env.INDEX, ...rest].join(' ') + '\\n');`;

interface Serving {
  swarm: Swarm;
  directory: string;
  port: number;
  restart: () => Promise<{ status: number | undefined; said: string }>;
}

async function serving(env: NodeJS.ProcessEnv = {}, source = serves('one')): Promise<Serving> {
  const directory = await application({ 'web.mjs': source, 'say.mjs': SAY });
  const port = await freePort();
  const socket = { SWARM_SOCKET: join(directory, 'control.sock') };
  const swarm = new Swarm(['-r', './web.mjs'], {
    cwd: directory,
    env: { COUNT: '2', PORT: String(port), ...socket, ...env },
  });
  await swarm.event('worker.ready', 2);
  const restart = async () => {
    const { exitCode, stdout, stderr } = await command(['restart'], socket);
    return { status: exitCode, said: stdout + stderr };
  };
  return { swarm, directory, port, restart };
}

async function deploy(directory: string, source: string): Promise<void> {
  await writeFile(join(directory, 'web.mjs'), source);
}

describe('swarm restart', () => {
  test('fails if the new code fails a moment after it is ready, and the old code keeps serving', async () => {
    const { swarm, directory, port, restart } = await serving();
    await deploy(directory, FAILS_LATER);
    const { status, said } = await restart();
    expect(said).toContain('generation 2 failed: its first worker exited with status 1 within a second of being ready');
    expect(status).toBe(1);
    expect(swarm.errors.join('\n')).toContain('no such database');
    expect((await request(port)).body).toMatch(/^one /);
    expect(swarm.events('worker.exit')).toHaveLength(1);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
  });

  test('fails if the new code does not listen on PORT, and the old code keeps serving', async () => {
    const { swarm, directory, port, restart } = await serving({ SWARM_BOOT_TIMEOUT: '10' });
    await deploy(directory, IDLES);
    const { status, said } = await restart();
    expect(said).toContain('its first worker does not listen on PORT, as its predecessor does');
    expect(status).toBe(1);
    expect((await request(port)).body).toMatch(/^one /);
    expect(swarm.events('worker.exit')).toHaveLength(1);
    await deploy(directory, serves('two'));
    expect(await restart()).toMatchObject({ status: 0 });
    expect((await request(port)).body).toMatch(/^two /);
  });

  test('fails if the new code listens on PORT and closes it again, and the old code keeps serving', async () => {
    const { directory, port, restart } = await serving({ SWARM_BOOT_TIMEOUT: '10' });
    const closes = `${serves('two')}
      server.once('listening', () => setTimeout(() => server.close(), 100));
      ${IDLES}`;
    await deploy(directory, closes);
    expect(await restart()).toMatchObject({ status: 1, said: expect.stringContaining('does not listen on PORT') });
    expect((await request(port)).body).toMatch(/^one /);
  });

  test('stops no worker before its replacement listens, however late that is', async () => {
    const { swarm, directory, restart } = await serving();
    const late = serves('two').replace('server.listen(', 'setTimeout(() => server.listen(').replace(/;$/, ', 1500);');
    await deploy(directory, late);
    expect(await restart()).toMatchObject({ status: 0 });
    const events = swarm.lines.flatMap((line) => {
      if (/^listens \d two/.test(line)) return ['listens'];
      return line.includes('"event":"worker.exit"') ? ['exit'] : [];
    });
    expect(events).toEqual(['listens', 'exit', 'listens', 'exit']);
  });

  test('does not require a worker to listen if the old ones did not', async () => {
    const { directory, restart } = await serving({}, IDLES);
    await deploy(directory, `${IDLES} // again`);
    expect(await restart()).toMatchObject({ status: 0 });
  });
});

describe('a swarm whose workers never stay ready for a second', () => {
  async function run(source: string, env: NodeJS.ProcessEnv = {}): Promise<Swarm> {
    const directory = await application({ 'web.mjs': source, 'say.mjs': SAY });
    return new Swarm(['-r', './web.mjs'], { cwd: directory, env: { COUNT: '2', ...env } });
  }

  function expectToGiveUp(swarm: Swarm): void {
    const [stop] = swarm.events('stop');
    expect(stop?.msg).toBe(
      'giving up: each of the 2 workers failed before it had been ready for a second; the lines before say why',
    );
    expect(stop).toMatchObject({ level: 'error', reason: 'boot' });
    expect(swarm.log.at(-1)).toMatchObject({ event: 'stopped', status: 1 });
    expect(swarm.processes()).toEqual([]);
  }

  test('gives up if each fails a moment after it is ready', async () => {
    const swarm = await run(FAILS_LATER);
    expect(await swarm.exited).toEqual(GAVE_UP);
    expectToGiveUp(swarm);
  });

  test('gives up if another process listens on its PORT', async () => {
    const server = createServer();
    onTestFinished(() => void server.close());
    const port = await freePort();
    await once(server.listen(port), 'listening');
    const swarm = await run(serves('one'), { PORT: String(port) });
    expect(await swarm.exited).toEqual(GAVE_UP);
    expectToGiveUp(swarm);
    expect(swarm.errors.join('\n')).toContain('EADDRINUSE');
  });

  test('gives up if each has nothing to do', async () => {
    const swarm = await run('export const answer = 42;');
    expect(await swarm.exited).toEqual(GAVE_UP);
    expectToGiveUp(swarm);
  });

  test('does not give up if they got TERM before the supervisor', async () => {
    const swarm = await run(IDLES);
    await swarm.event('worker.ready', 2);
    for (const { pid } of swarm.events('worker.ready')) kill(pid as number, 'SIGTERM');
    await swarm.event('worker.exit', 2);
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
  });
});

test('a swarm gives up if every start of a worker fails three times in a row', async () => {
  const node = join(await temporaryDirectory(), 'node');
  await copyFile(NODE, node);
  const directory = await application({
    'jobs.mjs': IDLES,
    'unlink.cjs': "require('node:fs').unlinkSync(process.execPath);",
  });
  const env = { COUNT: '2', SWARM_MODE: 'spawn', NODE_OPTIONS: `--require=${join(directory, 'unlink.cjs')}` };
  const swarm = new Swarm(['-r', './jobs.mjs'], { cwd: directory, env, node });
  expect(await swarm.exited).toEqual(GAVE_UP);
  expect(swarm.events('stop').map(({ msg }) => msg)).toEqual([
    'giving up: each of the 2 workers could not be started, three times in a row; the lines before say why',
  ]);
  expect(swarm.events('worker.start').map(({ level }) => level)).toEqual(Array.from({ length: 6 }, () => 'error'));
});
