import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Status } from '../../dist/control/status.js';
import { ask, command } from '../support/control.ts';
import { has } from '../support/needs.ts';
import { inheritedEnvironment } from '../support/processes.ts';
import { FIXTURES, fixture, MODE, NODE, Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** An environment with new directories, in which no other swarm has its socket. */
async function runtime(): Promise<{ env: { XDG_RUNTIME_DIR: string; TMPDIR: string }; directory: string }> {
  const XDG_RUNTIME_DIR = await temporaryDirectory();
  return { env: { XDG_RUNTIME_DIR, TMPDIR: XDG_RUNTIME_DIR }, directory: join(XDG_RUNTIME_DIR, 'swarm') };
}

async function running(env: NodeJS.ProcessEnv, count = '2', module = './idle.mjs'): Promise<Swarm> {
  const swarm = new Swarm(['-r', module], { env: { COUNT: count, ...env } });
  await swarm.event('worker.ready', Number(count));
  return swarm;
}

const isRoot = has('root', 'the control socket among several users');

describe('the control socket', () => {
  test('is accessible only to its user, as is its directory, and both are removed when the swarm ends', async () => {
    const { env, directory } = await runtime();
    const swarm = await running(env);
    const path = join(directory, `${swarm.pid}.sock`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);

    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
    expect(existsSync(directory)).toBe(false);
  });

  test.runIf(isRoot)('refuses other users, even in a directory that everyone can write', async () => {
    const directory = await temporaryDirectory();
    chmodSync(directory, 0o777);
    const path = join(directory, 'control.sock');
    await running({ SWARM_SOCKET: path });
    const connecting = `const socket = require('net').connect(process.argv[1]);
      socket.on('error', ({ code }) => console.log(code));
      socket.on('connect', () => console.log('connected') || socket.destroy());`;
    const connect = [NODE, '-e', connecting, path];
    const asNobody = execFileSync('setpriv', ['--reuid=65534', '--clear-groups', ...connect], { encoding: 'utf8' });
    expect(asNobody.trim()).toBe('EACCES');
    const [node = '', ...args] = connect;
    expect(execFileSync(node, args, { encoding: 'utf8' }).trim()).toBe('connected');
  });

  test('that a killed swarm left is removed by the next swarm', async () => {
    const { env, directory } = await runtime();
    const killed = await running(env);
    const path = join(directory, `${killed.pid}.sock`);
    killed.signal('SIGKILL');
    await killed.exited;
    expect(existsSync(path)).toBe(true);

    await running(env);
    expect(existsSync(path)).toBe(false);
  });

  test('at the path SWARM_SOCKET replaces one that a killed swarm left', async () => {
    const path = join(await temporaryDirectory(), 'control.sock');
    const killed = await running({ SWARM_SOCKET: path });
    killed.signal('SIGKILL');
    await killed.exited;
    const swarm = await running({ SWARM_SOCKET: path });
    expect(await ask(path, 'GET', '/status')).toMatchObject({ code: 200, body: { pid: swarm.pid } });
  });

  test.each([
    ['in a directory that does not exist', (path: string) => join(path, 'nowhere', 'a.sock'), 'cannot be'],
    [
      'at the path of a regular file',
      (path: string) => {
        writeFileSync(path, '');
        return path;
      },
      'already exists and is not a socket',
    ],
    ['at a path that is too long', (path: string) => `${path}${'x'.repeat(120)}`, 'is longer than 103 bytes'],
  ])('%s keeps the swarm from starting, with status 78', async (_, make, reason) => {
    const path = make(join(await temporaryDirectory(), 'a.sock'));
    const swarm = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '1', SWARM_SOCKET: path } });
    expect(await swarm.exited).toEqual({ code: 78, signal: null });
    expect(swarm.errors).toHaveLength(1);
    expect(swarm.errors[0]).toContain(
      `swarm: SWARM_SOCKET=${JSON.stringify(path)} cannot be the control socket: ${path}`.slice(0, 40),
    );
    expect(swarm.errors[0]).toContain(reason);
    expect(swarm.log).toEqual([]);
  });

  test('of a running swarm is not taken over', async () => {
    const path = join(await temporaryDirectory(), 'control.sock');
    const first = await running({ SWARM_SOCKET: path });
    const second = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '1', SWARM_SOCKET: path } });
    expect(await second.exited).toEqual({ code: 78, signal: null });
    expect(second.errors.join()).toContain('is the socket of another running swarm');
    expect(await ask(path, 'GET', '/status')).toMatchObject({ body: { pid: first.pid } });
  });

  test.runIf(isRoot)(
    "is not created in another user's directory: swarm uses the next directory, or runs without a socket",
    async () => {
      const { env, directory } = await runtime();
      const TMPDIR = await temporaryDirectory();
      mkdirSync(directory, { mode: 0o700 });
      execFileSync('chown', ['65534', directory]);
      const swarm = await running({ ...env, TMPDIR });
      expect(existsSync(join(TMPDIR, 'swarm-0', `${swarm.pid}.sock`))).toBe(true);

      const other = await temporaryDirectory();
      writeFileSync(join(other, 'swarm-0'), '');
      const without = await running({ ...env, TMPDIR: other });
      expect(without.events('boot')[0]).toMatchObject({ level: 'warn' });
      expect(without.events('boot')[0]?.msg).toBe(
        `there is no control socket (${directory} belongs to another user), so swarm status and other commands cannot find this swarm: set SWARM_SOCKET to a path of your own`,
      );
    },
  );

  test('survives malformed requests and silent clients', async () => {
    const path = join(await temporaryDirectory(), 'control.sock');
    const swarm = await running({ SWARM_SOCKET: path });
    const silent = connect(path);
    onTestFinished(() => void silent.destroy());
    await once(silent, 'connect');
    for (const bytes of [
      '\0\xff\n\n',
      'GET / HTTP/9.9\r\n\r\n',
      `GET /${'a'.repeat(100_000)} HTTP/1.1\r\n\r\n`,
      'POST /stop HTTP/1.1\r\nContent-Length: -1\r\n\r\n',
    ]) {
      const socket = connect(path);
      // Not once(): it would reject if the other side resets the connection, which is allowed here.
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => {}).resume();
      socket.write(bytes, 'latin1');
      await closed;
    }
    expect(await ask(path, 'GET', '/status')).toMatchObject({ code: 200, body: { ready: 2, phase: 'running' } });
    expect(swarm.events('stop')).toEqual([]);
    expect(await ask(path, 'GET', '/nothing')).toMatchObject({ code: 404 });
    expect(await ask(path, 'GET', '/stop')).toMatchObject({ code: 405, body: { error: '/stop requires POST' } });
    expect(await ask(path, 'POST', '/status')).toMatchObject({ code: 405, body: { error: '/status requires GET' } });
  });

  // `npm run fuzz` runs it for a minute.
  test('survives five seconds of fuzzing without a crash or a leak', async () => {
    const script = new URL('../fuzz/control.js', import.meta.url).pathname;
    const env = { ...inheritedEnvironment(), ...(MODE === 'spawn' ? { SWARM_MODE: MODE } : {}) };
    const fuzzer = await execa(NODE, [script, '--seconds', '5'], { env, extendEnv: false, reject: false });
    expect(fuzzer).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('does not delay a stop while a client is connected', async () => {
    const path = join(await temporaryDirectory(), 'control.sock');
    const swarm = await running({ SWARM_SOCKET: path });
    const silent = connect(path);
    onTestFinished(() => void silent.destroy());
    await once(silent, 'connect');
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
  });
});

describe('GET /status', () => {
  test('reports the state of the swarm and of each worker', async () => {
    const path = join(await temporaryDirectory(), 'control.sock');
    const swarm = await running({ SWARM_SOCKET: path, INDEX: '5', SWARM_MEMORY_MB: '1000' });
    const { body } = await ask(path, 'GET', '/status');
    const [first, second] = swarm.events('worker.ready').sort((a, b) => (a.worker ?? 0) - (b.worker ?? 0));
    const bytes = expect.any(Number);
    const row = { state: 'ready', generation: 1, restarts: 0, pss: bytes, private: bytes, cpu: bytes, delay: bytes };
    expect(body).toMatchObject({
      pid: swarm.pid,
      phase: 'running',
      count: 2,
      ready: 2,
      generation: 1,
      rollout: null,
      lastRollout: null,
      workers: [
        { ...row, slot: 0, index: 5, pid: first?.pid },
        { ...row, slot: 1, index: 6, pid: second?.pid },
      ],
      memory: { limit: 1000 * 1024 ** 2 },
    });
    const { memory } = body as Status;
    expect(memory?.total).toBe((memory?.shared ?? 0) + (memory?.private ?? 0));
    expect(memory?.unshared).toBeGreaterThan(memory?.private ?? Infinity);
  });

  test('counts replaced workers by reason', async () => {
    const path = join(await temporaryDirectory(), 'control.sock');
    const swarm = await running({ SWARM_SOCKET: path });
    const [victim] = swarm.events('worker.ready');
    process.kill(victim?.pid as number, 'SIGKILL');
    await swarm.event('worker.ready', 3);
    const { workers, restarts } = (await ask(path, 'GET', '/status')).body as Status;
    expect(workers.map((worker) => worker.restarts)).toEqual(victim?.worker === 0 ? [1, 0] : [0, 1]);
    expect(restarts).toMatchObject({ killed: 1, exited: 0, rollout: 0 });
  });

  test('includes the last lines of the log', async () => {
    const path = join(await temporaryDirectory(), 'control.sock');
    const swarm = await running({ SWARM_SOCKET: path });
    const { body } = await ask(path, 'GET', '/status');
    const at = expect.any(Number);
    const logged = swarm.log.map(({ event, level, worker, msg }) => ({ at, event, level, worker, message: msg }));
    expect(logged.map(({ event }) => event)).toContain('worker.ready');
    expect((body as Status).events).toEqual(logged);
  });
});

test('GET /summary returns the part of /status that needs no reading of /proc', async () => {
  const path = join(await temporaryDirectory(), 'control.sock');
  await running({ SWARM_SOCKET: path });
  const { body } = await ask(path, 'GET', '/summary');
  const { memory, load, others, events, ...rest } = (await ask(path, 'GET', '/status')).body as Status;
  const workers = rest.workers.map(({ cpu, startedAt, pss, private: own, ...worker }) => worker);
  const later = {
    uptime: expect.any(Number),
    delay: expect.any(Number),
    active: expect.any(Number),
    busy: expect.any(String),
    proven: expect.any(Boolean),
  };
  expect(body).toEqual({ ...rest, uptime: later.uptime, workers: workers.map((worker) => ({ ...worker, ...later })) });
});

describe('GET /metrics', () => {
  test('reports the same in the format of Prometheus', async () => {
    const path = join(await temporaryDirectory(), 'control.sock');
    await running({ SWARM_SOCKET: path });
    const { code, text, type } = await ask(path, 'GET', '/metrics');
    expect(code).toBe(200);
    expect(type).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toMatch(/^swarm_workers_ready 2$/m);
    expect(text).toMatch(/^swarm_worker_memory_private_bytes\{slot="1",index="1"\} \d+$/m);
    expect(text).toMatch(/^swarm_worker_restarts_total\{reason="killed"\} 0$/m);
    for (const line of text.trim().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? [\d.e+-]+|)$/);
  });
});

describe('swarm status', () => {
  test('shows the only swarm, or asks which one', async () => {
    const { env } = await runtime();
    expect(await command(['status'], env)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('this user runs no swarm here'),
    });
    expect(await command(['ls'], env)).toMatchObject({ exitCode: 0, stdout: 'This user runs no swarm here.' });
    const swarm = await running(env);
    const { stdout, exitCode } = await command(['status'], env);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')[0]).toMatch(
      new RegExp(`^swarm \\d\\S* \\(pid ${swarm.pid}\\), running: 2 of 2 workers ready$`),
    );
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    const { stdout: json } = await command(['status', '--json'], env);
    expect(JSON.parse(json)).toMatchObject({ pid: swarm.pid, ready: 2 });

    const other = await running(env);
    const line = ({ pid }: Swarm) => [
      String(pid),
      'running',
      '2/2',
      expect.any(String),
      FIXTURES.slice(0, -1),
      './idle.mjs',
    ];
    const cells = (text: string) => text.split('\n').map((row) => row.trim().split(/ {2,}/));
    const both = [
      ['PID', 'PHASE', 'READY', 'UP', 'DIRECTORY', 'MODULES'],
      ...[swarm, other].sort((a, b) => a.pid - b.pid).map(line),
    ];
    expect(cells((await command(['ls'], env)).stdout)).toEqual(both);
    const unclear = await command(['status'], env);
    expect(unclear.exitCode).toBe(64);
    expect(cells(unclear.stderr)).toEqual([['swarm: several swarms are running: choose one with --pid.'], ...both]);
    const chosen = await command(['status', '--json', '--pid', String(other.pid)], env);
    expect(JSON.parse(chosen.stdout)).toMatchObject({ pid: other.pid });
    const unknown = await command(['status', '--pid', '1'], env);
    expect(unknown.exitCode).toBe(1);
    expect(cells(unknown.stderr)).toEqual([['swarm: there is no swarm with the pid 1: choose one of these.'], ...both]);
    expect(await command(['status', '--pid', 'x'], env)).toMatchObject({ exitCode: 64 });
  });
});

describe('swarm quiet, stop and restart', () => {
  test('do what the signals do, and report when they are done', async () => {
    const { env } = await runtime();
    const swarm = await running(env);
    const pid = swarm.pid;
    expect(await command(['restart'], env)).toMatchObject({
      exitCode: 0,
      stdout: `The swarm (pid ${pid}) runs generation 2: 2 workers renewed.`,
    });
    expect(swarm.events('reload')[0]?.msg).toMatch(/^swarm restart: starting generation 2 /);
    expect(await command(['quiet'], env)).toMatchObject({
      exitCode: 0,
      stdout: `The swarm (pid ${pid}) takes no new work. Still running: 2 workers.`,
    });
    await swarm.event('quiet');
    expect(await command(['restart'], env)).toMatchObject({
      exitCode: 1,
      stderr: `swarm: the swarm (pid ${pid}) is quiet: it starts no more workers. Restart swarm itself.`,
    });
    expect(await command(['stop'], env)).toMatchObject({ exitCode: 0, stdout: `The swarm (pid ${pid}) has stopped.` });
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
  });

  test.runIf(MODE === 'fork')('restart fails if the swarm is quieted while it boots', async () => {
    const { env } = await runtime();
    const preload = join(await temporaryDirectory(), 'preloads.cjs');
    writeFileSync(preload, 'console.log("preloading"); for (;;);');
    const swarm = new Swarm(['-r', './idle.mjs'], { env: { ...env, SWARM_PRELOAD: preload } });
    await swarm.until('preloading', () => swarm.lines.includes('preloading'));
    const restart = command(['restart'], env);
    await swarm.event('reload');
    expect(await command(['quiet'], env)).toMatchObject({ exitCode: 0 });
    expect(await restart).toMatchObject({
      exitCode: 1,
      stderr: `swarm: the swarm (pid ${swarm.pid}) is quiet: it starts no more workers. Restart swarm itself.`,
    });
  });

  test('restart fails if the new code does', async () => {
    const { env } = await runtime();
    const directory = await temporaryDirectory();
    const module = join(directory, 'jobs.mjs');
    writeFileSync(module, `export * from ${JSON.stringify(fixture('idle.mjs'))};`);
    const swarm = await running(env, '1', module);
    writeFileSync(module, 'throw new Error("no such table");');
    const { exitCode, stderr } = await command(['restart'], env);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^swarm: generation 2 failed: .*no such table.*\. The old workers stay\.$/);
    expect(swarm.events('worker.exit').filter(({ pid }) => pid === swarm.events('worker.ready')[0]?.pid)).toEqual([]);
  });
});

test('SWARM_METRICS=log repeatedly writes metrics for l2met', async () => {
  const swarm = await running({
    SWARM_METRICS: 'log',
    SWARM_METRICS_INTERVAL: '0.1',
    SWARM_LOG_FORMAT: 'json',
    DYNO: 'worker.3',
  });
  const figures = () => swarm.events('metrics') as unknown as Record<string, unknown>[];
  const complete = () => figures().findLast((line) => line['sample#swarm.workers_ready'] === 2);
  await swarm.until('metrics of two workers', () => complete() !== undefined);
  expect(complete()).toMatchObject({
    source: 'worker.3',
    'count#swarm.restarts': 0,
    'sample#swarm.memory_shared': expect.stringMatching(/^\d+\.\dMB$/),
    'sample#swarm.memory_private': expect.stringMatching(/^\d+\.\dMB$/),
    'sample#swarm.event_loop_delay_max': expect.stringMatching(/^\d+ms$/),
    'sample#swarm.load': expect.stringMatching(/^\d+\.\d\d$/),
  });
});

describe.runIf(MODE === 'fork')('while the swarm boots', () => {
  /** A swarm whose mold blocks in a preload until `open()`. */
  async function held(): Promise<{ swarm: Swarm; env: NodeJS.ProcessEnv; open: () => void }> {
    const { env } = await runtime();
    const directory = await temporaryDirectory();
    const [gate, preload] = [join(directory, 'gate'), join(directory, 'waits.cjs')];
    const path = JSON.stringify(gate);
    writeFileSync(
      preload,
      `const { existsSync } = require('fs'); console.error('held'); while (!existsSync(${path}));`,
    );
    const metrics = { SWARM_METRICS: 'log', SWARM_METRICS_INTERVAL: '0.1' };
    const swarm = new Swarm(['-r', './idle.mjs'], { env: { COUNT: '2', SWARM_PRELOAD: preload, ...metrics, ...env } });
    await swarm.until('the mold', () => swarm.errors.includes('held'));
    return { swarm, env, open: () => writeFileSync(gate, '') };
  }

  test('swarm status says so, and swarm restart returns once newer workers run', async () => {
    const { swarm, env, open } = await held();
    const status = JSON.parse((await command(['status', '--json'], env)).stdout) as Status;
    const rollout = { generation: 1, stage: 'preparing' };
    expect(status).toMatchObject({ phase: 'booting', mode: 'fork', count: 2, ready: 0, generation: 0, rollout });
    expect(status.workers).toEqual([]);

    const restarting = command(['restart'], env);
    await swarm.event('reload');
    open();
    expect((await restarting).stdout).toBe(`The swarm (pid ${swarm.pid}) runs generation 2: 2 workers renewed.`);
  });

  test('swarm stop ends it, no worker has started, and no metrics precede the stop or follow the end', async () => {
    const { swarm, env } = await held();
    expect(await command(['stop'], env)).toMatchObject({ exitCode: 0 });
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
    const events = swarm.log.map(({ event }) => event);
    expect(events.filter((event) => event !== 'metrics')).toEqual(['stop', 'stopped']);
    expect([events[0], events.at(-1)]).toEqual(['stop', 'stopped']);
  });
});
