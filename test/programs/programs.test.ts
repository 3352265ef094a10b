import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { application, type Files } from '../support/application.ts';
import { Swarm } from '../support/swarm.ts';
import { freePort } from '../support/web.ts';

const PACKAGES = join(import.meta.dirname, 'node_modules');

interface Program {
  /** Path below node_modules. */
  module: string;
  args: (port: string) => string[];
  files?: Files;
  /** A path to request, with a text that its answer contains. */
  path: string;
  answer: string;
}

const SITE = { 'site/index.html': '<h1>Hello</h1>' };

/** Node-RED keeps its flows in a directory that only one process can use. */
const SETTINGS = `
const { PORT, SWARM_SLOT } = process.env;
module.exports = { uiPort: PORT, userDir: require('path').join(__dirname, SWARM_SLOT) };`;

const PROGRAMS: Record<string, Program> = {
  serve: {
    module: 'serve/build/main.js',
    args: (port) => ['--listen', port, 'site'],
    files: SITE,
    path: '/',
    answer: 'Hello',
  },
  'json-server': {
    module: 'json-server/lib/cli/bin.js',
    args: (port) => ['--port', port, 'db.json'],
    files: { 'db.json': { posts: [{ title: 'Hello' }] } },
    path: '/posts',
    answer: 'Hello',
  },
  'fastify-cli': {
    module: 'fastify-cli/cli.js',
    args: (port) => ['start', '--port', port, 'app.js'],
    files: { 'app.js': 'module.exports = async (app, _options) => { app.get("/", async () => "Hello"); };' },
    path: '/',
    answer: 'Hello',
  },
  'http-server': {
    module: 'http-server/bin/http-server',
    args: (port) => ['-p', port, 'site'],
    files: SITE,
    path: '/',
    answer: 'Hello',
  },
  'Node-RED': {
    module: 'node-red/red.js',
    args: () => ['--settings', 'settings.js'],
    files: { 'settings.js': SETTINGS },
    path: '/',
    answer: 'Node-RED',
  },
};

/** Retries a request until a server listens. */
async function ask(port: number, path: string): Promise<string> {
  for (;;) {
    const request = get({ host: '127.0.0.1', port, path, agent: false, signal: AbortSignal.timeout(20_000) });
    try {
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      return await text(response);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
    }
  }
}

test.each(Object.entries(PROGRAMS))('two workers run %s on one port', async (_name, program) => {
  const port = await freePort();
  const cwd = await application(program.files ?? {});
  const swarm = new Swarm(['-r', join(PACKAGES, program.module), '--', ...program.args(String(port))], {
    cwd,
    env: { COUNT: '2', PORT: String(port), NODE_PATH: PACKAGES },
  });
  await swarm.event('worker.ready', 2);
  const [first, second] = swarm.events('worker.start').map(({ pid }) => pid as number);
  for (const [asked, other] of [
    [first, second],
    [second, first],
  ] as [number, number][]) {
    // Now only one worker can answer, once it listens.
    process.kill(other, 'SIGSTOP');
    expect(await ask(port, program.path), `answer of process ${asked}`).toContain(program.answer);
    process.kill(other, 'SIGCONT');
  }
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
  expect(swarm.events('worker.start')).toHaveLength(2);
});
