import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { application } from '../support/application.ts';
import { kill } from '../support/processes.ts';
import { Swarm } from '../support/swarm.ts';

const CLEAN = { code: 0, signal: null };

/** What two workers print for an expression on the package `maker`, which is preloaded. */
async function saidByTwo(source: string, expression: string): Promise<[string[], string[]]> {
  const cwd = await application({
    'node_modules/maker/index.js': source,
    'jobs.cjs': `
      const maker = require('maker');
      console.log('made', process.env.INDEX, ...${expression});
      setInterval(() => {}, 60_000);`,
  });
  const swarm = new Swarm(['-r', './jobs.cjs'], { cwd, env: { COUNT: '2' } });
  const lines = (await swarm.heard('made', 2)).map((line) => line.split(' ').slice(2));
  // In fork mode the package was shared.
  expect(swarm.events('preload').filter(({ level }) => level === 'warn')).toEqual([]);
  return lines as [string[], string[]];
}

test('node:vm contexts made before the fork draw different random numbers in each worker', async () => {
  const source = `
    const vm = require('node:vm');
    const contexts = [vm.createContext(), vm.createContext({ console }), vm.createContext({ Math: undefined })];
    vm.runInContext('globalThis.kept = Math.random', contexts[1]);
    const kept = [vm.runInNewContext('Math.random', {}, 'x.js'), new vm.Script('Math.random').runInNewContext()];
    const draws = [() => vm.runInContext('Math.random()', contexts[0]), () => vm.runInContext('kept()', contexts[1]), ...kept];
    exports.draw = () => draws.map((draw) => draw());
    // The functions of a context belong to that context.
    exports.draw().push(vm.runInContext('Math.random.constructor === Function', contexts[0]) || process.exit(7));`;
  const [one, other] = await saidByTwo(source, 'maker.draw()');
  const drawn = [...one, ...other].map(Number);
  expect(new Set(drawn).size).toBe(8);
  expect(drawn.every((number) => number >= 0 && number < 1)).toBe(true);
});

test('TLS servers made before the fork have different ticket keys in each worker, unless the application set them', async () => {
  const source = `
    const [tls, https, http2] = [require('node:tls'), require('node:https'), require('node:http2')];
    const given = tls.createServer({ ticketKeys: Buffer.alloc(48, 1) });
    const set = tls.createServer();
    set.setTicketKeys(Buffer.alloc(48, 2));
    const servers = [tls.createServer(), https.createServer(), http2.createSecureServer(), given, set];
    exports.keys = () => servers.map((server) => server.getTicketKeys().toString('hex'));`;
  const [one, other] = await saidByTwo(source, 'maker.keys()');
  expect(new Set([...one.slice(0, 3), ...other.slice(0, 3)]).size).toBe(6);
  const set = [Buffer.alloc(48, 1).toString('hex'), Buffer.alloc(48, 2).toString('hex')];
  expect([one.slice(3), other.slice(3)]).toEqual([set, set]);
});

test('each worker has its own temporary directory if a package removes its directory at exit', async () => {
  const cwd = await application({
    'node_modules/tidy/index.js': `
      const [fs, os, path] = [require('node:fs'), require('node:os'), require('node:path')];
      exports.directory = fs.mkdtempSync(path.join(os.tmpdir(), path.basename(process.cwd()) + '-tidy-'));
      process.on('exit', () => fs.rmSync(exports.directory, { recursive: true, force: true }));`,
    'jobs.cjs': `
      const { directory } = require('tidy');
      console.log('made', process.env.INDEX, process.pid, directory);
      process.on('SIGTERM', () => process.exit(0));
      setInterval(() => {}, 60_000);`,
  });
  const swarm = new Swarm(['-r', './jobs.cjs'], { cwd, env: { COUNT: '2' } });
  const made = (await swarm.heard('made', 2)).map((line) => line.split(' '));
  const [[, , pid, gone = ''] = [], [, , , kept = ''] = []] = made;
  await swarm.event('worker.ready', 2);
  kill(Number(pid), 'SIGTERM');
  await swarm.event('worker.exit');
  expect([existsSync(gone), existsSync(kept)]).toEqual([false, true]);
  writeFileSync(join(kept, 'file'), '');
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual(CLEAN);
  // No mold has left a directory either.
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`${basename(cwd)}-tidy-`))).toEqual([]);
});
