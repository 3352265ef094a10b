import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'acorn';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { ask } from '../support/control.ts';
import { has } from '../support/needs.ts';
import { install } from '../support/package.ts';
import { inheritedEnvironment } from '../support/processes.ts';
import { BIN, FIXTURES, MODE, NODE, Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const CLEAN = { code: 0, signal: null };
const WITHOUT_PROC = ['unshare', '--mount', 'sh', '-c', 'umount --lazy /proc && exec "$@"', 'sh'];

const flags = (await execa(NODE, ['-p', '[...process.allowedNodeEnvironmentFlags].join(" ")'])).stdout.split(' ');
const PERMISSION = flags.includes('--permission') ? '--permission' : '--experimental-permission';
/** Node 25 and later. */
const ALLOW_NET = flags.includes('--allow-net') ? ['--allow-net'] : [];

/** Expects swarm to start nothing and to exit with status 78. Returns the one sentence that it prints. */
async function refusal(options: NonNullable<ConstructorParameters<typeof Swarm>[1]>): Promise<string> {
  const swarm = new Swarm(['-r', './idle.mjs'], { ...options, env: { COUNT: '1', ...options.env } });
  expect(await swarm.exited).toEqual({ code: 78, signal: null });
  expect(swarm.lines).toEqual([]);
  const sentences = swarm.errors.filter((line) => !/Warning: |--trace-warnings/.test(line));
  expect(sentences).toHaveLength(1);
  return sentences[0] as string;
}

async function runsAndStops(options: NonNullable<ConstructorParameters<typeof Swarm>[1]>): Promise<Swarm> {
  const swarm = new Swarm(['-r', './idle.mjs'], { ...options, env: { COUNT: '1', ...options.env } });
  await swarm.event('worker.ready');
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual(CLEAN);
  return swarm;
}

describe.runIf(has('root', 'swarm without /proc'))('without /proc', () => {
  test('swarm spawns workers, and says why', async () => {
    const swarm = await runsAndStops({ prefix: WITHOUT_PROC });
    const reason = MODE === 'spawn' ? 'SWARM_MODE' : 'there is no /proc';
    expect(swarm.events('boot')[0]?.msg).toContain(`spawn mode (${reason})`);
  });

  test('SWARM_MODE=fork is an error', async () => {
    expect(await refusal({ prefix: WITHOUT_PROC, env: { SWARM_MODE: 'fork' } })).toBe(
      'swarm: SWARM_MODE="fork" is not possible here: there is no /proc. ' +
        'Give spawn, or leave it unset to let swarm choose.',
    );
  });

  test.each(['plan', 'doctor'])('swarm %s still works', async (name) => {
    const [program = '', ...args] = [...WITHOUT_PROC, NODE, BIN, name, '-r', './idle.mjs'];
    const answer = await execa(program, args, {
      cwd: FIXTURES,
      env: inheritedEnvironment(),
      extendEnv: false,
      reject: false,
    });
    expect(answer).toMatchObject({ exitCode: 0, stderr: '' });
    expect(answer.stdout).toMatch(/swarm would run .*, spawn mode \(there is no \/proc\)\./);
  });

  test('GET /status reports no memory', async () => {
    const path = join(await temporaryDirectory(), 'control.sock');
    const env = { COUNT: '1', SWARM_SOCKET: path };
    const swarm = new Swarm(['-r', './idle.mjs'], { env, prefix: WITHOUT_PROC });
    await swarm.event('worker.ready');
    expect(await ask(path, 'GET', '/status')).toMatchObject({ code: 200, body: { ready: 1, memory: null } });
  });
});

describe("Node's permission model", () => {
  const READ = '--allow-fs-read=*';
  const [CHILD, ADDONS] = ['--allow-child-process', '--allow-addons'];

  test("without permission to read swarm's files: swarm names the missing flag", async () => {
    expect(await refusal({ flags: [PERMISSION, `--allow-fs-read=${dirname(BIN)}/*`] })).toMatch(
      /^swarm: Node's permission model keeps swarm from reading its own files: add --allow-fs-read=\/.*\/\*, and/,
    );
  });

  test('without permission to start processes: swarm names the missing flags', async () => {
    const missing = [CHILD, ...ALLOW_NET].join(' ');
    expect(await refusal({ flags: [PERMISSION, READ] })).toMatch(
      new RegExp(`^swarm: Node's permission model keeps swarm from running workers: add ${missing}\\. `),
    );
  });

  // Node 20 does not allow the option in NODE_OPTIONS.
  test.runIf(PERMISSION === '--permission')('is also detected in NODE_OPTIONS', async () => {
    await refusal({ env: { NODE_OPTIONS: `--permission ${READ}` } });
  });

  test('with every permission except for addons: swarm spawns workers, and says why', async () => {
    const swarm = await runsAndStops({ flags: [PERMISSION, READ, CHILD, ...ALLOW_NET] });
    const reason = MODE === 'spawn' ? 'SWARM_MODE' : 'this Node may not load addons (--allow-addons is not given)';
    expect(swarm.events('boot').map(({ msg }) => msg)).toContainEqual(
      expect.stringContaining(`spawn mode (${reason})`),
    );
  });

  test('with permission for addons: swarm runs in the requested mode', async () => {
    const swarm = await runsAndStops({ flags: [PERMISSION, READ, CHILD, ADDONS, ...ALLOW_NET] });
    expect(swarm.events('boot').map(({ msg }) => msg)).toContainEqual(expect.stringContaining(`${MODE} mode`));
  });
});

describe("Node's option", () => {
  test.each<Parameters<typeof refusal>>([
    [{ flags: ['--frozen-intrinsics'] }],
    [{ env: { NODE_OPTIONS: '--frozen-intrinsics' } }],
  ])('%j is refused, with the reason', async (options) => {
    expect(await refusal(options)).toMatch(/^swarm: under --frozen-intrinsics swarm cannot run: .*Math\.random/);
  });

  test.each([
    ['--no-addons', 'this Node may not load addons (--no-addons)'],
    ['--jitless', 'this Node has no WebAssembly (--jitless)'],
  ])('%s makes swarm spawn workers, and say why', async (flag, reason) => {
    const swarm = await runsAndStops({ flags: [flag] });
    expect(swarm.events('boot')[0]?.msg).toContain(`spawn mode (${MODE === 'spawn' ? 'SWARM_MODE' : reason})`);
  });

  test.each(['--disallow-code-generation-from-strings', '--disable-proto=throw', '--disable-proto=delete'])(
    '%s has no effect on swarm',
    async (flag) => {
      const swarm = await runsAndStops({ flags: [flag] });
      expect(swarm.events('boot')[0]?.msg).toContain(`${MODE} mode`);
    },
  );
});

describe('swarm in an unusual environment', () => {
  test('refuses a working directory that was removed', async () => {
    const directory = join(await temporaryDirectory(), 'gone');
    const prefix = ['sh', '-c', `mkdir ${directory} && cd ${directory} && rmdir ${directory} && exec "$@"`, 'sh'];
    expect(await refusal({ prefix })).toBe('swarm: the working directory has been removed: change to one that exists.');
  });

  test.each(['0', '0 2'])('runs without the file descriptors %s', async (closed) => {
    const closing = closed.split(' ').map((fd) => `${fd}>&-`);
    await runsAndStops({ prefix: ['sh', '-c', `exec "$@" ${closing.join(' ')}`, 'sh'] });
  });

  test('runs without HOME', async () => {
    await runsAndStops({ prefix: ['env', '--unset=HOME'] });
  });

  test('names both limits if its workers exceed both memory and processes', async () => {
    const swarm = new Swarm(['plan', '-r', './idle.mjs'], {
      env: { COUNT: '999', SWARM_MEMORY_MB: '512' },
      // The limit counts the threads of all processes of this user.
      prefix: ['bash', '-c', 'ulimit -u 4096 && exec "$@"', 'bash'],
    });
    expect(await swarm.exited).toEqual(CLEAN);
    expect(swarm.lines).toContainEqual(
      expect.stringMatching(
        /^Warning: 999 workers may be too many, .* fit into the memory: .*; \d+ fit into 4096 processes/,
      ),
    );
  });
});

describe('the launcher', () => {
  test('refuses a Node that is too old, before anything is loaded', async () => {
    const old = join(await temporaryDirectory(), 'old.cjs');
    writeFileSync(
      old,
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.8' } });",
    );
    expect(await refusal({ flags: ['--require', old] })).toBe(
      'swarm: Node.js 18.20.8 is too old: swarm needs 20.19 or later. Install a newer one.',
    );
  });

  test('parses in Node versions that are much too old', () => {
    const text = readFileSync(BIN, 'utf8');
    // The syntax of Node 12: ES2019 and import().
    expect(() => parse(text, { ecmaVersion: 2020, sourceType: 'script', allowHashBang: true })).not.toThrow();
    expect(text).not.toMatch(/\?\?|\?\.|node:/);
    expect(JSON.parse(readFileSync(join(dirname(BIN), 'package.json'), 'utf8'))).toEqual({ type: 'commonjs' });
  });

  test('says that a checkout was not built', async () => {
    const bin = await install();
    rmSync(join(dirname(bin), '../dist'), { recursive: true });
    expect(await refusal({ bin })).toMatch(
      /^swarm: \/.*\/dist\/cli\/main\.js is missing: this checkout has not been built\. Run "npm ci" in \/.*, or "npm run build" if that ran without scripts\.$/,
    );
  });

  test('says that its packages are not installed', async () => {
    const bin = await install();
    rmSync(join(dirname(bin), '../node_modules'), { recursive: true });
    expect(await refusal({ bin })).toMatch(/^swarm: a file of its own is missing \(.*commander.*\)\. Run "npm ci"/);
  });
});

test('swarm warns once of an unknown variable, and suggests the most similar one', async () => {
  const swarm = await runsAndStops({ env: { SWARM_TIMOUT: '3', SWARM_TIMEOUT: '2' } });
  const about = swarm.events('boot').filter(({ msg }) => msg.includes('SWARM_TIMOUT'));
  expect(about).toMatchObject([
    { level: 'warn', msg: 'SWARM_TIMOUT has no effect: there is no such variable. The nearest name is SWARM_TIMEOUT' },
  ]);
});

test('a swarm in a worker of another swarm does not warn of the variables that the outer swarm sets', async () => {
  const inner = `import { spawnSync } from 'node:child_process';
    const env = { ...process.env, SWARM_SOCKET: '', SWARM_INDEX: '0', INDEX: '0', SWARM_MODE: 'spawn' };
    const { stdout } = spawnSync(process.execPath, [${JSON.stringify(BIN)}, 'plan'], { env, encoding: 'utf8' });
    for (const line of stdout.split('\\n')) console.log('inner', line);
    setInterval(() => {}, 60_000);`;
  const module = join(await temporaryDirectory(), 'inner.mjs');
  writeFileSync(module, inner);
  const swarm = new Swarm(['-r', module], { env: { COUNT: '1' } });
  const lines = await swarm.heard('inner', 10);
  expect(lines.join('\n')).toContain('swarm would run');
  expect(lines.join('\n')).not.toContain('Warning');
});

test('if V8 writes a file for each process, workers are spawned, and each writes its own', async () => {
  const cwd = await temporaryDirectory();
  writeFileSync(join(cwd, 'idle.mjs'), 'setInterval(() => {}, 60_000)');
  const swarm = await runsAndStops({ cwd, flags: ['--prof'] });
  const reason = MODE === 'spawn' ? 'SWARM_MODE' : 'with --prof, V8 writes a file for each process it starts in';
  expect(swarm.events('boot')[0]?.msg).toContain(`spawn mode (${reason})`);
  const { pid } = await swarm.event('worker.ready');
  expect(readdirSync(cwd)).toContainEqual(expect.stringMatching(`-${pid}-v8.log$`));
});
