import { randomInt, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect } from '../../../src/mold/garbage.ts';
import { RandomnessRecording, renewRandomness } from '../../../src/sameness/randomness.ts';
import { application, type Files } from '../../support/application.ts';

const { random } = Math;
let recording: RandomnessRecording;
beforeEach(() => {
  recording = new RandomnessRecording();
});
afterEach(async () => {
  await recording.end();
  Math.random = random;
});

/** Writes the files of an application, and returns a function that makes their paths absolute. */
async function files(sources: Files): Promise<(path: string) => string> {
  const directory = await application(sources);
  return (path) => join(directory, path);
}

const load = (path: string) => createRequire(import.meta.url)(path);

describe('a copy that has renewed its randomness', () => {
  // This process stands in for the copy: a copy starts with the state at the end of the recording.
  it('draws again from everything that was found', async () => {
    const pool = crypto.getRandomValues(new Uint8Array(256));
    const before = pool.slice();
    const randomness = await recording.end();
    for (const bytes of randomness.pools) bytes.fill(0);
    renewRandomness(randomness);

    // Those of Math.random, randomUUID and randomInt, and the one above.
    expect(randomness.pools).toHaveLength(4);
    expect(Math.random()).not.toBe(0);
    expect(randomUUID()).not.toMatch(/^00000000/);
    expect(randomInt(2 ** 48 - 1)).not.toBe(0);
    expect(pool).not.toEqual(new Uint8Array(256));
    expect(pool).not.toEqual(before);
  });

  it("gives its own pid to pino's loggers", async () => {
    const { pino } = load('pino');
    const { steps } = await recording.end();
    const { pid } = process;
    Object.defineProperty(process, 'pid', { value: 4711 });
    for (const step of steps) step();
    Object.defineProperty(process, 'pid', { value: pid });

    const lines: string[] = [];
    pino({}, { write: (line: string) => lines.push(line) }).info('hello');
    expect(JSON.parse(lines.join())).toMatchObject({ pid: 4711, msg: 'hello' });
  });
});

describe('a draw is attributed to', () => {
  it('its callers up to the module that is being loaded, not those that load that module', async () => {
    const at = await files({
      'node_modules/outer/index.js': "require('@scope/inner');",
      'node_modules/outer/node_modules/@scope/inner/index.js': "exports.id = [0].map(require('./draw'));",
      'node_modules/outer/node_modules/@scope/inner/draw.js':
        "module.exports = () => require('crypto').randomBytes(8).toString('hex') + process.pid + Math.random();",
    });
    await recording.begin('outer');
    load(at('node_modules/outer/index.js'));

    const chain = ['draw.js', 'index.js'].map((file) => at(`node_modules/outer/node_modules/@scope/inner/${file}`));
    expect(recording.draws).toEqual(
      ['crypto.randomBytes', 'process.pid', 'Math.random'].map((call) =>
        expect.objectContaining({ call, files: chain, during: 'outer' }),
      ),
    );
  });

  it('an ES module, even after a top-level await', async () => {
    const url = (await files({ 'jobs.mjs': "await 1; import('node:crypto'); export const id = Math.random();" }))(
      'jobs.mjs',
    );
    // Keeps vitest off the stack.
    const script = (await files({ 'load.cjs': 'module.exports = (url) => import(url);' }))('load.cjs');
    await load(script)(pathToFileURL(url).href);

    expect(recording.draws.map(({ call, files }) => [call, files[0]])).toEqual([
      ['Math.random', pathToFileURL(url).href],
    ]);
  });

  it('the right package, even if that has replaced stack traces', async () => {
    const at = await files({
      'node_modules/a/index.js':
        "Error.prepareStackTrace = () => 'mine'; Error.stackTraceLimit = 0; require('crypto').randomUUID();",
    });
    const { prepareStackTrace, stackTraceLimit } = Error;
    try {
      load(at('node_modules/a/index.js'));
      expect([Error.prepareStackTrace?.(new Error(), []), Error.stackTraceLimit]).toEqual(['mine', 0]);
      expect(recording.draws.map(({ files }) => files)).toEqual([[at('node_modules/a/index.js')]]);
    } finally {
      Object.assign(Error, { prepareStackTrace, stackTraceLimit });
    }
  });

  it('a caller that is far up the stack, behind functions of Node', async () => {
    const far = `
      const { EventEmitter } = require('events');
      let last = require('crypto').randomUUID;
      for (let i = 0; i < 10; i += 1) {
        const emitter = new EventEmitter().on('draw', last);
        last = emitter.emit.bind(emitter, 'draw', {});
      }
      last();`;
    const at = await files({ 'node_modules/far/index.js': far });
    load(at('node_modules/far/index.js'));
    expect(recording.draws.map(({ files }) => files)).toEqual([[at('node_modules/far/index.js')]]);
  });

  it('the load as a whole, beyond the number of draws that are traced', async () => {
    const at = await files({ 'node_modules/dice/index.js': 'for (let i = 0; i < 30_000; i += 1) Math.random();' });
    await recording.begin('dice');
    load(at('node_modules/dice/index.js'));
    expect(recording.draws.map(({ files }) => files)).toEqual([[at('node_modules/dice/index.js')], []]);
  });
});

/** Returns each suspect as "owner deed". */
async function suspects(): Promise<string[]> {
  return (await recording.suspects(collect)).map(({ owner, deed }) => `${owner.name} ${deed}`);
}

describe('a package is a suspect', () => {
  it('if it has kept what it drew in anything but a buffer', async () => {
    const at = await files({
      'node_modules/string/index.js': "exports.secret = require('crypto').randomBytes(256).toString('hex');",
      'node_modules/buffer/index.js': "exports.pool = require('crypto').randomBytes(256);",
      'node_modules/key/index.js': "exports.key = require('crypto').randomBytes(32);",
    });
    for (const name of ['string', 'buffer', 'key']) load(at(`node_modules/${name}/index.js`));
    expect(await suspects()).toEqual(['string draws from crypto.randomBytes', 'key draws from crypto.randomBytes']);
  });

  it('only for what was drawn since the last call', async () => {
    const at = await files({ 'node_modules/a/index.js': 'process.pid', 'node_modules/b/index.js': 'process.pid' });
    load(at('node_modules/a/index.js'));
    expect(await suspects()).toEqual(['a reads process.pid']);
    load(at('node_modules/b/index.js'));
    expect(await suspects()).toEqual(['b reads process.pid']);
  });

  it('if it draws in only one of several rounds', async () => {
    const path = await files({
      'node_modules/keeps/index.js': 'let id; module.exports = () => { id ??= Math.random(); };',
      'node_modules/draws/index.js': 'module.exports = () => void Math.random();',
    });
    await recording.begin('a warm-up');
    for (let round = 0; round < 3; round += 1) {
      recording.beginRound();
      for (const name of ['keeps', 'draws']) load(path(`node_modules/${name}/index.js`))();
    }
    expect((await recording.suspects(collect)).map(({ deed }) => deed)).toEqual([
      'draws from Math.random through keeps',
    ]);
  });

  it('if it keeps an id from a generator that is renewed', async () => {
    const at = await files({
      'node_modules/holder/index.js': "exports.id = require('uid').uid();",
      ...uid(),
    });
    load(at('node_modules/holder/index.js'));
    const generator = load(at('node_modules/uid/dist/index.js'));
    expect(await suspects()).toEqual(['holder draws from Math.random through uid']);

    await recording.end();
    const before = generator.state();
    generator.uid();
    expect(generator.state()).not.toBe(before);
  });

  it('if it takes an id from a generator that an earlier load has already used', async () => {
    const at = await files({
      'node_modules/first/index.js': "exports.id = require('uid').uid();",
      'node_modules/second/index.js': "exports.id = require('uid').uid();",
      ...uid(),
    });
    for (const name of ['first', 'second']) {
      await recording.begin(name);
      load(at(`node_modules/${name}/index.js`));
    }
    expect(await suspects()).toEqual([
      'first draws from Math.random through uid',
      'second draws from Math.random through uid',
    ]);
  });

  it('if it is a known one whose internals have changed', async () => {
    const at = await files(uid('const kept = String(Math.random()); exports.uid = () => kept;'));
    load(at('node_modules/uid/dist/index.js'));
    expect(await suspects()).toEqual(['uid draws from Math.random']);
  });
});

/** A generator that keeps many ids in reserve. */
function uid(source = UID): Files {
  const manifest = { name: 'uid', version: '2.0.2', main: 'dist/index.js' };
  return { 'node_modules/uid/dist/index.js': source, 'node_modules/uid/package.json': manifest };
}

const UID = `
  let kept, used = 512;
  exports.uid = (size = 11) => {
    if (used + size > 512) [kept, used] = [String(Math.random()), 0];
    used += 1;
    return kept + used;
  };
  exports.state = () => kept;`;

describe('a package is', () => {
  it('made to use up its reserve, if it is nanoid 6', async () => {
    const source =
      "require('crypto').randomUUID(); exports.sizes = []; exports.nanoid = (size) => exports.sizes.push(size);";
    const at = await files({
      'node_modules/nanoid/index.js': source,
      'node_modules/nanoid/package.json': { name: 'nanoid', version: '6.0.2' },
    });
    const { sizes } = load(at('node_modules/nanoid/index.js'));
    await recording.end();

    expect(sizes).toEqual([32_768]);
  });

  it('left alone if it only has the name of a known one', async () => {
    const source = "exports.pid = process.pid; exports.pino = () => { throw new Error('not this one'); };";
    const at = await files({ 'node_modules/pino/pino.js': source, 'lib/pino/pino.js': source });
    load(at('node_modules/pino/pino.js'));
    load(at('lib/pino/pino.js'));
    const { steps } = await recording.end();

    for (const step of steps) step();
    expect(recording.draws).toHaveLength(2);
  });
});
