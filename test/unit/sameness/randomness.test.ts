import { randomInt, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

/** The files of an application; its paths. */
async function files(sources: Files): Promise<(path: string) => string> {
  const directory = await application(sources);
  return (path) => join(directory, path);
}

const load = (path: string) => createRequire(import.meta.url)(path);

describe('a copy that has renewed its randomness', () => {
  // What a copy begins with is what is there when the recording has ended.
  it('draws anew from all that was found', async () => {
    const pool = crypto.getRandomValues(new Uint8Array(256));
    const before = pool.slice();
    const randomness = await recording.end();
    for (const bytes of randomness.pools) bytes.fill(0);
    renewRandomness(randomness);

    // Math.random, randomUUID, randomInt, and this one.
    expect(randomness.pools).toHaveLength(4);
    expect(Math.random()).not.toBe(0);
    expect(randomUUID()).not.toMatch(/^00000000/);
    expect(randomInt(2 ** 48 - 1)).not.toBe(0);
    expect(pool).not.toEqual(new Uint8Array(256));
    expect(pool).not.toEqual(before);
  });

  it("has given its own pid to pino's loggers", async () => {
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

describe('what is drawn is put down to', () => {
  it('the package that did it, not those that it was loaded by', async () => {
    const at = await files({
      'node_modules/outer/index.js': "require('@scope/inner');",
      'node_modules/outer/node_modules/@scope/inner/index.js':
        "const { randomBytes } = require('crypto'); exports.id = [0].map(() => randomBytes(8).toString('hex')) + process.pid;",
    });
    load(at('node_modules/outer/index.js'));

    expect(recording.draws).toEqual([
      { call: 'crypto.randomBytes', by: '@scope/inner' },
      { call: 'process.pid', by: '@scope/inner' },
    ]);
  });

  it('the file, where it belongs to no package', async () => {
    const at = await files({ 'jobs.mjs': "import { randomUUID } from 'node:crypto'; export const id = randomUUID();" });
    // Without vitest in between.
    const script = (await files({ 'load.cjs': 'module.exports = (url) => import(url);' }))('load.cjs');
    await load(script)(pathToFileURL(at('jobs.mjs')).href);

    expect(recording.draws).toEqual([{ call: 'crypto.randomUUID', by: at('jobs.mjs') }]);
  });

  it('nobody when the package that did it has replaced stack traces', async () => {
    const at = await files({
      'node_modules/a/index.js':
        "Error.prepareStackTrace = () => 'mine'; Error.stackTraceLimit = 0; require('crypto').randomUUID();",
    });
    const { prepareStackTrace, stackTraceLimit } = Error;
    try {
      load(at('node_modules/a/index.js'));
      expect([Error.prepareStackTrace?.(new Error(), []), Error.stackTraceLimit]).toEqual(['mine', 0]);
      expect(recording.draws).toEqual([{ call: 'crypto.randomUUID', by: 'a' }]);
    } finally {
      Object.assign(Error, { prepareStackTrace, stackTraceLimit });
    }
  });
});

describe('a package is', () => {
  it('unrenewable when it is known to make all its ids of what it draws when it is loaded', async () => {
    const at = await files({
      'node_modules/bson-objectid/objectid.js': 'exports.pid = process.pid;',
      'node_modules/other/index.js': 'exports.pid = process.pid;',
    });
    load(at('node_modules/other/index.js'));
    expect(recording.unrenewable).toEqual([]);
    load(at('node_modules/bson-objectid/objectid.js'));
    expect(recording.unrenewable).toEqual(['bson-objectid']);
  });

  it('made to use up what it has in store, if it is nanoid 6', async () => {
    const source =
      "require('crypto').randomUUID(); exports.sizes = []; exports.nanoid = (size) => exports.sizes.push(size);";
    const at = await files({
      'a/node_modules/nanoid/index.js': source,
      'a/node_modules/nanoid/package.json': '{ "version": "6.0.2" }',
      'b/node_modules/nanoid/index.js': source,
      'b/node_modules/nanoid/package.json': '{ "version": "5.1.6" }',
    });
    const [six, five] = ['a', 'b'].map((place) => load(at(`${place}/node_modules/nanoid/index.js`)));
    await recording.end();

    expect(six.sizes).toEqual([32_768]);
    expect(five.sizes).toEqual([]);
  });

  it('left alone when it only has the name of one that is known', async () => {
    const source = "exports.pid = process.pid; exports.pino = () => { throw new Error('not this one'); };";
    const at = await files({ 'node_modules/pino/pino.js': source, 'lib/pino/pino.js': source });
    load(at('node_modules/pino/pino.js'));
    load(at('lib/pino/pino.js'));
    const { steps } = await recording.end();

    for (const step of steps) step();
    expect(recording.draws).toHaveLength(2);
  });
});
