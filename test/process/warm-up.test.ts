import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { application, type Files } from '../support/application.ts';
import { moldOf } from '../support/proc.ts';
import { kill } from '../support/processes.ts';
import { BIN, Swarm } from '../support/swarm.ts';

const API = pathToFileURL(join(BIN, '../../dist/index.js')).href;
const APP = { SWARM_MODE: 'fork', SWARM_PRELOAD_APP: '1', COUNT: '2' };

/** A module whose workers print how many rounds of warm-up ran before the fork, and the value of `warmth`. */
function jobs(body: string, warmth = "'none'"): string {
  return `
    let rounds = 0;
    ${body}
    export default function ({ worker }) {
      console.log('warm', worker.index, rounds, ${warmth});
      setInterval(() => {}, 60_000);
    }`;
}

const COUNTS = 'export async function warmUp(round) { await null; rounds = round; }';

async function start(files: Files | string, env: NodeJS.ProcessEnv = {}, args = ['-r', './jobs.mjs']): Promise<Swarm> {
  const cwd = await application(typeof files === 'string' ? { 'jobs.mjs': files } : files);
  return new Swarm(args, { cwd, env: { ...APP, ...env } });
}

/** The output of two workers, after that of `before` earlier ones. */
async function warmthOfTwo(swarm: Swarm, before = 0): Promise<{ rounds: number; warmth: string }[]> {
  const lines = await swarm.heard('warm', before + 2);
  return lines.slice(before).map((line) => {
    const [, , rounds, warmth = ''] = line.split(' ');
    return { rounds: Number(rounds), warmth };
  });
}

/** The warnings about a warm-up that was not used. */
function coldLines(swarm: Swarm): string[] {
  return swarm.events('preload').flatMap(({ level, msg }) => (/start cold/.test(msg) && level === 'warn' ? msg : []));
}

async function stop(swarm: Swarm): Promise<void> {
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
  expect(swarm.processes()).toEqual([]);
}

describe('a warm-up runs before the fork, more than once, and workers share its results', () => {
  const COMMON = `
    let rounds = 0;
    const main = ({ worker }) => {
      console.log('warm', worker.index, rounds);
      setInterval(() => {}, 60_000);
    };
    const warmUp = async (round) => { await null; rounds = round; };`;

  test.each<[what: string, files: Files, args: string[]]>([
    ['exported by an ES module', { 'jobs.mjs': jobs(COUNTS) }, ['-r', './jobs.mjs']],
    [
      'exported by a CommonJS module',
      { 'jobs.cjs': `${COMMON} exports.warmUp = warmUp; exports.default = main;` },
      ['-r', './jobs.cjs'],
    ],
    [
      'as a property of the function that a CommonJS module exports',
      { 'jobs.cjs': `${COMMON} module.exports = Object.assign(main, { warmUp });` },
      ['-r', './jobs.cjs'],
    ],
    [
      'registered by a module',
      { 'jobs.mjs': jobs(`import { onWarmUp } from '${API}'; onWarmUp((round) => { rounds = round; });`) },
      ['-r', './jobs.mjs'],
    ],
    [
      'registered by a package',
      {
        'jobs.mjs': jobs("import store from 'store';", 'store.rounds').replaceAll('rounds, store.', 'store.'),
        'node_modules/store/package.json': { type: 'module', exports: './index.js' },
        'node_modules/store/index.js': `
          import { onWarmUp } from '${API}';
          const store = { rounds: 0 };
          onWarmUp((round) => { store.rounds = round; });
          export default store;`,
      },
      ['-r', './jobs.mjs'],
    ],
  ])('%s', async (_what, files, args) => {
    const swarm = await start(files, {}, args);
    const [one, other] = await warmthOfTwo(swarm);
    expect(one?.rounds).toBeGreaterThan(1);
    expect(other).toEqual(one);
    const [boot] = swarm.events('boot');
    expect(boot).toMatchObject({ warm_up_ms: expect.any(Number) });
    expect(boot?.msg).toMatch(/, warmed up in [\d.]+ m?s$/);
    expect(coldLines(swarm)).toEqual([]);
    await stop(swarm);
  });

  test('after all modules are loaded, one round of each at a time, in order', async () => {
    const module = (name: string) => `
      globalThis.order ??= [];
      order.push('${name}');
      export const warmUp = (round) => void (round < 3 && order.push('${name}' + round));
      export default ({ worker }) => console.log('order', worker.index, ...order);`;
    const files = { 'a.mjs': module('a'), 'b.mjs': `${module('b')} setInterval(() => {}, 60_000);` };
    const swarm = await start(files, {}, ['-r', './a.mjs', '-r', './b.mjs']);
    const said = await swarm.heard('order', 4);
    expect(new Set(said.map((line) => line.split(' ').slice(2).join(' ')))).toEqual(new Set(['a b a1 b1 a2 b2']));
  });

  test('and the code that it made hot is compiled in each worker', async () => {
    const hot = `
      import { setFlagsFromString } from 'node:v8';
      function hot(n) { let sum = 0; for (let i = 0; i < n; i += 1) sum = (sum + i * i) % 1013; return sum; }
      function isOptimized() {
        setFlagsFromString('--allow-natives-syntax');
        // In V8 14 the bit is one position lower.
        const optimized = Number.parseInt(process.versions.v8) >= 14 ? 8 : 16;
        return (new Function('f', 'return %GetOptimizationStatus(f)')(hot) & optimized) !== 0;
      }
      export function warmUp(round) { rounds = round; for (let call = 0; call < 200; call += 1) hot(1000); }`;
    const swarm = await start(jobs(hot, 'isOptimized()'));
    expect((await warmthOfTwo(swarm)).map(({ warmth }) => warmth)).toEqual(['true', 'true']);
  });

  test('again in the mold that replaces a dead one', async () => {
    const swarm = await start(jobs(COUNTS));
    await swarm.event('worker.ready', 2);
    kill(moldOf(swarm), 'SIGKILL');
    await swarm.event('mold.exit');
    for (const { pid } of swarm.events('worker.ready')) kill(pid as number, 'SIGKILL');
    const [one] = await warmthOfTwo(swarm, 2);
    expect(one?.rounds).toBeGreaterThan(1);
    expect(swarm.events('preload').map(({ msg }) => msg)).toEqual([
      expect.stringMatching(/^another mold is ready: .*, warmed up in [\d.]+ m?s$/),
    ]);
  });

  test('again for a rolling restart, with the new code', async () => {
    const cwd = await application({ 'jobs.mjs': jobs(COUNTS, "'old'") });
    const swarm = new Swarm(['-r', './jobs.mjs'], { cwd, env: APP });
    await swarm.event('worker.ready', 2);
    await writeFile(join(cwd, 'jobs.mjs'), jobs(COUNTS, "'new'"));
    swarm.signal('SIGHUP');
    const fresh = await warmthOfTwo(swarm, 2);
    expect(fresh.map(({ warmth }) => warmth)).toEqual(['new', 'new']);
    for (const { rounds } of fresh) expect(rounds).toBeGreaterThan(1);
  });
});

describe('workers start cold, and one line says why, if a warm-up cannot be shared because', () => {
  const SHORT = { SWARM_BOOT_TIMEOUT: '20' };

  test.each<[what: string, body: string, why: RegExp, env?: NodeJS.ProcessEnv]>([
    ['throws', 'export function warmUp() { rounds = 1; throw new RangeError("no rates"); }', /RangeError: no rates/],
    [
      'throws later',
      'export async function warmUp(round) { rounds = round; await null; if (round === 3) null.x; }',
      /it failed \(TypeError: /,
    ],
    ['is a class', 'export class warmUp { constructor() { rounds = 1; } }', /it failed \(TypeError: /],
    [
      'throws where nothing catches',
      'export async function warmUp(round) { rounds = round; if (round === 1) setImmediate(() => null.x); }',
      /it failed \(TypeError: /,
    ],
    ['exits', 'export function warmUp() { rounds = 1; process.exit(3); }', /it called process\.exit\(3\)/],
    ['aborts', 'export function warmUp() { rounds = 1; process.abort(); }', /the process ended with SIGABRT/],
    [
      'awaits something that never happens',
      'export async function warmUp() { rounds = 1; await new Promise(() => {}); }',
      /it awaits something that never happens/,
    ],
    [
      'waits too long',
      'export async function warmUp() { rounds = 1; await new Promise(() => setInterval(() => {}, 1000)); }',
      /it has still not ended after 5 s/,
      SHORT,
    ],
    [
      'computes forever',
      'export function warmUp() { rounds = 1; for (;;); }',
      /it has still not ended after 5 s/,
      SHORT,
    ],
    [
      'computes forever after an await',
      'export async function warmUp() { rounds = 1; await null; for (;;); }',
      /it has still not ended after 7 s/,
      SHORT,
    ],
    [
      'keeps an id that it drew in its first round',
      'let id; export function warmUp(round) { rounds = round; id ??= Math.random(); }',
      /jobs\.mjs draws from Math\.random, so workers could make the same ids/,
    ],
  ])('it %s', async (_what, body, why, env = {}) => {
    const swarm = await start(jobs(body), env);
    expect(await warmthOfTwo(swarm)).toEqual([
      { rounds: 0, warmth: 'none' },
      { rounds: 0, warmth: 'none' },
    ]);
    expect(coldLines(swarm)).toEqual([expect.stringMatching(why)]);
    expect(swarm.events('boot')[0]?.msg).not.toMatch(/warmed up/);
    await stop(swarm);
  });

  test('it leaves a socket open, which no worker inherits', async () => {
    const server = createServer((socket) => void socket.on('error', () => {})).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const closed = once(server, 'connection').then(([socket]) => once(socket, 'close'));
    const body = `
      import { connect } from 'node:net';
      import { once } from 'node:events';
      let socket;
      export async function warmUp(round) {
        rounds = round;
        socket ??= connect(${port}, '127.0.0.1');
        if (socket.connecting) await once(socket, 'connect');
      }`;
    const swarm = await start(jobs(body, 'typeof socket'));
    expect((await warmthOfTwo(swarm)).map(({ warmth }) => warmth)).toEqual(['undefined', 'undefined']);
    expect(coldLines(swarm)).toEqual([expect.stringContaining(`it leaves a socket (TCP to port ${port}) behind`)]);
    await closed;
    await stop(swarm);
  });

  test('it throws: the line has the stack', async () => {
    const swarm = await start(jobs('export function warmUp() { throw new RangeError("no rates"); }'));
    await swarm.event('worker.ready', 2);
    const [line] = swarm.events('preload');
    expect(line).toMatchObject({ stack: expect.stringMatching(/RangeError: no rates\n +at warmUp \(.*jobs\.mjs:3:/) });
  });

  test('it throws: the next mold does not try again', async () => {
    const swarm = await start(jobs('export function warmUp() { rounds = 1; throw new Error("no"); }'));
    await swarm.event('worker.ready', 2);
    kill(moldOf(swarm), 'SIGKILL');
    await swarm.event('mold.exit');
    for (const { pid } of swarm.events('worker.ready')) kill(pid as number, 'SIGKILL');
    await swarm.event('worker.ready', 4);
    expect(coldLines(swarm)).toHaveLength(1);
  });
});

test('a warm-up that draws new random numbers in each round is used', async () => {
  const body = `
    import { randomUUID } from 'node:crypto';
    export function warmUp(round) { rounds = round; randomUUID(); Math.random(); process.pid; }`;
  const swarm = await start(jobs(body, 'randomUUID()'));
  const [one, other] = await warmthOfTwo(swarm);
  expect(one?.rounds).toBeGreaterThan(1);
  expect(other?.warmth).not.toBe(one?.warmth);
  expect(coldLines(swarm)).toEqual([]);
});

describe('a warm-up does not run', () => {
  const NOT_RUN = [{ rounds: 0, warmth: 'none' }];

  test.each(['spawn', 'inline'])('in %s mode, and the log does not mention it', async (mode) => {
    const body = `${COUNTS} import { onWarmUp } from '${API}'; onWarmUp((round) => { rounds = round; });`;
    const swarm = await start(jobs(body), { SWARM_MODE: mode, COUNT: '1', SWARM_PRELOAD_APP: '' });
    await swarm.heard('warm');
    expect(swarm.said('warm')).toEqual(['warm 0 0 none']);
    expect(swarm.log.filter(({ msg }) => /warm-up/.test(msg))).toEqual([]);
  });

  test.each([
    ['exported', COUNTS],
    ['registered', `import { onWarmUp } from '${API}'; onWarmUp((round) => { rounds = round; });`],
  ])('without SWARM_PRELOAD_APP, and one line says so: %s', async (_how, body) => {
    const swarm = await start(jobs(body), { SWARM_PRELOAD_APP: '' });
    expect(await warmthOfTwo(swarm)).toEqual([...NOT_RUN, ...NOT_RUN]);
    await swarm.event('worker.ready', 2);
    const about = swarm.events('preload').map(({ level, msg }) => [level, msg]);
    expect(about).toEqual([['info', expect.stringMatching(/it needs SWARM_PRELOAD_APP=1/)]]);
  });

  test('if it is registered in a worker', async () => {
    const swarm = await start(`
      import { onWarmUp } from '${API}';
      export default function () {
        onWarmUp(() => console.log('ran'));
        setInterval(() => {}, 60_000);
      }`);
    await swarm.event('worker.ready', 2);
    await stop(swarm);
    expect(swarm.said('ran')).toEqual([]);
    expect(swarm.lines).not.toContain('ran');
  });
});

describe('swarm doctor', () => {
  async function examined(body: string, status: number) {
    const swarm = await start(jobs(body), {}, ['doctor', '--json', '-r', './jobs.mjs']);
    expect(await swarm.exited).toEqual({ code: status, signal: null });
    expect(swarm.processes()).toEqual([]);
    const { safe, found, shared } = JSON.parse(swarm.lines.join('\n'));
    return { safe, shared, row: found.find(({ name }: { name: string }) => name === 'the warm-up') };
  }

  test('has a row for a warm-up that is used', async () => {
    const { safe, shared, row } = await examined(COUNTS, 0);
    expect(row).toMatchObject({ verdict: 'yes', application: false, left: [], ms: expect.any(Number) });
    expect([safe, shared.modules, shared.packages]).toEqual([true, 1, 0]);
  });

  test.each<[what: string, body: string, reason: RegExp]>([
    ['throws', 'export function warmUp() { throw new Error("no rates"); }', /it failed \(Error: no rates\)/],
    ['ends the process', 'export function warmUp() { process.abort(); }', /was killed by SIGABRT/],
    [
      'leaves a file open',
      "import fs from 'node:fs'; export function warmUp() { fs.openSync('jobs.mjs'); }",
      /it leaves an open file \(.*jobs\.mjs\)/,
    ],
  ])('says why it does not use a warm-up that %s', async (_what, body, reason) => {
    const { safe, row } = await examined(body, 1);
    expect(row).toMatchObject({ verdict: 'no', reason: expect.stringMatching(reason) });
    expect(row.advice).toMatch(/^workers start cold, because /);
    expect(safe).toBe(false);
  });
});
