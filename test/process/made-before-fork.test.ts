import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { application } from '../support/application.ts';
import { kill } from '../support/processes.ts';
import { Swarm } from '../support/swarm.ts';

const CLEAN = { code: 0, signal: null };

/** What two workers say, of a module that asks a package for it. The package is there in each mold. */
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
  // It was shared, where anything is.
  expect(swarm.events('preload').filter(({ level }) => level === 'warn')).toEqual([]);
  return lines as [string[], string[]];
}

test('contexts of node:vm that were made before the fork draw other numbers in each worker', async () => {
  const source = `
    const vm = require('node:vm');
    const contexts = [vm.createContext(), vm.createContext({ console }), vm.createContext({ Math: undefined })];
    vm.runInContext('globalThis.kept = Math.random', contexts[1]);
    const kept = [vm.runInNewContext('Math.random', {}, 'x.js'), new vm.Script('Math.random').runInNewContext()];
    const draws = [() => vm.runInContext('Math.random()', contexts[0]), () => vm.runInContext('kept()', contexts[1]), ...kept];
    exports.draw = () => draws.map((draw) => draw());
    // Nothing in them leads out.
    exports.draw().push(vm.runInContext('Math.random.constructor === Function', contexts[0]) || process.exit(7));`;
  const [one, other] = await saidByTwo(source, 'maker.draw()');
  const drawn = [...one, ...other].map(Number);
  expect(new Set(drawn).size).toBe(8);
  expect(drawn.every((number) => number >= 0 && number < 1)).toBe(true);
});

test('TLS servers that were made before the fork have keys of their own in each worker, unless somebody has set them', async () => {
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

test('a temporary directory that is removed at exit is one of each worker', async () => {
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
  // Nor is there another, of a mold.
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`${basename(cwd)}-tidy-`))).toEqual([]);
});
