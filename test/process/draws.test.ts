import { describe, expect, test } from 'vitest';
import { application, type Files } from '../support/application.ts';
import { Swarm } from '../support/swarm.ts';

/** The files of packages, each given by its source and its dependencies. */
function shop(packages: Record<string, [source: string, ...dependencies: string[]]>): Files {
  const files = Object.entries(packages).flatMap(([name, [source, ...dependencies]]) => [
    [`node_modules/${name}/index.js`, source],
    [
      `node_modules/${name}/package.json`,
      { name, version: '1.0.0', dependencies: Object.fromEntries(dependencies.map((other) => [other, '1'])) },
    ],
  ]);
  return Object.fromEntries(files);
}

const PACKAGES = shop({
  ids: ['const seed = Math.random(); let count = 0; exports.next = () => seed + ":" + count++;'],
  client: ["exports.id = require('ids').next();", 'ids'],
  other: ['exports.pid = process.pid;'],
  fine: [''],
});

const JOBS = `
  const [client, other] = [require('client'), require('other')];
  require('fine');
  module.exports = () => {
    require('fs').writeSync(1, ['draws', process.env.INDEX, client.id, String(other.pid === process.pid)].join(' ') + '\\n');
    setInterval(() => {}, 60_000);
  };`;

function warnings(swarm: Swarm): string[] {
  return swarm.log.filter(({ level }) => level === 'warn').map(({ msg }) => msg);
}

async function draws(swarm: Swarm): Promise<string[][]> {
  return (await swarm.heard('draws', 2)).map((line) => line.split(' ').slice(2));
}

const FORK = { COUNT: '2', SWARM_COUNT: '2', SWARM_MODE: 'fork' };

describe('a package that draws a random number while it loads', () => {
  test('is loaded by each worker for itself, as are its dependents, and the log says why', async () => {
    const cwd = await application({ 'jobs.cjs': JOBS, ...PACKAGES });
    const swarm = new Swarm(['-r', './jobs.cjs'], { cwd, env: FORK });
    const [one = [], two = []] = await draws(swarm);
    expect(one[0]).not.toBe(two[0]);
    expect([one[1], two[1]]).toEqual(['true', 'true']);
    expect(warnings(swarm)).toEqual([
      'client is not shared; each worker loads its own copy: ids draws from Math.random, so workers could make the same ids',
      'other is not shared; each worker loads its own copy: it reads process.pid, so workers could make the same ids',
    ]);
    expect(swarm.events('preload')).toHaveLength(2);
  });

  test('is shared if SWARM_PRELOAD names it, and the log warns', async () => {
    const cwd = await application({ 'jobs.cjs': JOBS, ...PACKAGES });
    const swarm = new Swarm(['-r', './jobs.cjs'], { cwd, env: { ...FORK, SWARM_PRELOAD: 'client' } });
    const [one = [], two = []] = await draws(swarm);
    expect(one[0]).toBe(two[0]);
    expect(warnings(swarm)).toEqual([
      expect.stringMatching(/^client is shared as asked, but ids draws from Math\.random/),
    ]);
  });

  test('causes a warning even if it is a module of the application', async () => {
    const jobs = `const id = require('crypto').randomUUID();${JOBS}`;
    const cwd = await application({ 'jobs.cjs': jobs, ...PACKAGES });
    const swarm = new Swarm(['-r', './jobs.cjs'], {
      cwd,
      env: { ...FORK, SWARM_PRELOAD: 'fine', SWARM_PRELOAD_APP: '1' },
    });
    await draws(swarm);
    expect(warnings(swarm).join()).toMatch(/jobs\.cjs is shared as asked, but .*crypto\.randomUUID/);
  });

  test.each([
    [
      'a promise callback without a caller',
      "Promise.resolve().then(require('crypto').randomUUID).then((id) => { exports.id = id; });",
    ],
    ['an immediate', "setImmediate(() => { exports.id = require('crypto').randomUUID(); });"],
    ['code without a file', 'exports.id = require("vm").runInThisContext("Math.random()", "bundle");'],
    ['a Diffie-Hellman group', 'exports.id = require("crypto").getDiffieHellman("modp1").generateKeys("hex");'],
  ])('is detected if it draws in %s', async (_by, source) => {
    const packages = shop({ late: [source], fine: [''] });
    const jobs =
      "const late = require('late'); require('fine'); module.exports = async () => { await new Promise(setImmediate); console.log('draws', process.env.INDEX, late.id); };";
    const cwd = await application({ 'jobs.cjs': `${jobs} setInterval(() => {}, 60_000);`, ...packages });
    const swarm = new Swarm(['-r', './jobs.cjs'], { cwd, env: FORK });
    const [one = [], two = []] = await draws(swarm);
    expect(one[0]).not.toBe(two[0]);
    expect(warnings(swarm)).toEqual([expect.stringMatching(/^late is not shared/)]);
  });

  test('is blamed even if it is a preload that draws while others load', async () => {
    const cwd = await application({
      'early.cjs': "setImmediate(() => { globalThis.id = require('crypto').randomUUID(); });",
      'jobs.cjs':
        "require('fine'); module.exports = () => console.log('draws', process.env.INDEX, globalThis.id); setInterval(() => {}, 60_000);",
      ...shop({ fine: ["require('fs').readFileSync(__filename);"] }),
    });
    const swarm = new Swarm(['-r', './jobs.cjs'], { cwd, env: { ...FORK, NODE_OPTIONS: '--require ./early.cjs' } });
    const [one = [], two = []] = await draws(swarm);
    expect(one[0]).not.toBe(two[0]);
    expect(warnings(swarm)).toEqual([
      expect.stringMatching(/^--require \.\/early\.cjs is not shared; .* early\.cjs draws from crypto\.randomUUID/),
      expect.stringMatching(/^fine is not shared; .* --require \.\/early\.cjs must come first/),
    ]);
  });

  test('is reported by swarm doctor', async () => {
    const cwd = await application({ 'jobs.cjs': JOBS, ...PACKAGES });
    const swarm = new Swarm(['doctor', '--json', '-r', './jobs.cjs'], { cwd, env: { SWARM_MODE: 'fork' } });
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
    const { found } = JSON.parse(swarm.lines.join('\n')) as { found: { name: string; verdict: string }[] };
    expect(found.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['client', 'in each worker'],
      ['other', 'in each worker'],
      ['fine', 'yes'],
    ]);

    const unsafe = new Swarm(['doctor', '-r', './jobs.cjs'], {
      cwd,
      env: { SWARM_MODE: 'fork', SWARM_PRELOAD: 'other' },
    });
    expect(await unsafe.exited).toEqual({ code: 1, signal: null });
  });
});
