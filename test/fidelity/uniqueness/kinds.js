// What must be different in each worker: Node's own, and the ids of real packages. Imported when their randomness is
// being recorded, as packages are that are loaded before a fork.
import crypto, { getRandomValues, randomBytes, randomInt, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { runInNewContext } from 'node:vm';

const require = createRequire(import.meta.url);
const { random } = Math;
const pino = require('pino');

/**
 * By name. `draw` gives one; `shared` says when all copies of a process would draw the same if nothing were done about
 * it: `always`, or once it was `used` before the fork. Those without are here for what renewal might break.
 */
export const kinds = new Map(
  Object.entries({
    'Math.random': { draw: () => Math.random(), shared: 'always' },
    'a reference to Math.random': { draw: () => random(), shared: 'always' },
    'crypto.randomUUID': { draw: () => randomUUID(), shared: 'used' },
    'globalThis.crypto.randomUUID': { draw: () => globalThis.crypto.randomUUID(), shared: 'used' },
    'crypto.randomUUID without a cache': { draw: () => randomUUID({ disableEntropyCache: true }) },
    'crypto.randomInt': { draw: () => randomInt(2 ** 48 - 1), shared: 'used' },
    'crypto.randomInt with a callback': {
      draw: () => new Promise((resolve) => randomInt(2 ** 48 - 1, (_, n) => resolve(n))),
      shared: 'used',
      count: 500,
    },
    'crypto.randomBytes': { draw: () => randomBytes(8).toString('hex') },
    'crypto.getRandomValues': { draw: () => getRandomValues(new BigUint64Array(1))[0] },
    'crypto.webcrypto.getRandomValues': { draw: () => crypto.webcrypto.getRandomValues(new BigUint64Array(1))[0] },
    'a pool of randomFill': pool((bytes, filled) => crypto.randomFill(bytes, filled)),
    'a pool of randomFillSync': pool((bytes, filled) => filled(crypto.randomFillSync(bytes))),
    'a pool of getRandomValues': pool((bytes, filled) => filled(globalThis.crypto.getRandomValues(bytes))),
    'Math.random of a new context': { draw: () => runInNewContext('Math.random()'), shared: 'always', count: 20 },
    ...(await sqlite()),
    'randomblob of libsql': { draw: randomblob(require('libsql')), shared: 'used' },
    'process.pid': { draw: () => process.pid, shared: 'always', count: 1 },

    ...(await uuid('uuid 14', import('uuid'))),
    ...(await uuid('uuid 11', import('uuid11'), 'used')),
    ...(await uuid('uuid 10, required', require('uuid10'), 'used')),
    '@lukeed/uuid': { draw: require('@lukeed/uuid/secure').v4, shared: 'used' },
    'uuid-random': { draw: require('uuid-random'), shared: 'used' },
    'uuid-random, binary': { draw: () => require('uuid-random').bin().toString('hex'), shared: 'used' },
    'nanoid 6': { draw: (await import('nanoid')).nanoid, shared: 'used' },
    'nanoid 5': { draw: (await import('nanoid5')).nanoid, shared: 'used' },
    'nanoid 3': { draw: require('nanoid3').nanoid, shared: 'used' },
    'nanoid 3, imported': { draw: (await import('nanoid3')).nanoid, shared: 'used' },
    ...objectId('bson 7', await import('bson')),
    ...objectId('bson 6', await import('bson6')),
    ...objectId('bson 6, required', require('bson6')),
    ...objectId('bson 4', require('bson4')),
    ulid: { draw: (await import('ulid')).ulid },
    '@paralleldrive/cuid2': { draw: (await import('@paralleldrive/cuid2')).createId, count: 200 },
    'ids of BullMQ workers': { draw: bullmqId, use: () => randomUUID(), shared: 'used', count: 5 },
    "pino's pid": { draw: pinoPid, shared: 'always', count: 1 },
  }),
);

/** From Node 22 on. */
async function sqlite() {
  const module = await import('node:sqlite').catch(() => undefined);
  if (!module) return {};
  return { 'randomblob of node:sqlite': { draw: randomblob(module.DatabaseSync), shared: 'used' } };
}

function randomblob(Database) {
  const statement = new Database(':memory:').prepare('SELECT hex(randomblob(8)) AS id');
  return () => statement.get().id;
}

async function uuid(name, module, shared) {
  const { v4, v7 } = await module;
  return {
    // Without options it would be crypto.randomUUID.
    [`${name} v4`]: { draw: () => v4({}), shared },
    [`${name} v7`]: { draw: () => v7(), shared: undefined },
  };
}

function objectId(name, { ObjectId }) {
  return { [`ObjectId of ${name}`]: { draw: () => new ObjectId().toHexString(), shared: 'used' } };
}

/** As packages keep them. The first draw is the one that fills it. */
function pool(fill) {
  const bytes = new Uint8Array(1024 * 16);
  let used = bytes.length;
  const draw = () => {
    if (used < bytes.length) {
      used += 16;
      return Buffer.from(bytes.slice(used - 16, used)).toString('hex');
    }
    return new Promise((resolve, reject) => {
      fill(bytes, (error) => {
        if (error instanceof Error) return reject(error);
        used = 0;
        resolve(draw());
      });
    });
  };
  return { draw, shared: 'used' };
}

/** Which makes the tokens of its locks. */
function bullmqId() {
  const { Worker } = require('bullmq');
  const { Redis } = require('ioredis');
  const connection = new Redis({ lazyConnect: true, maxRetriesPerRequest: null });
  connection.on('error', () => {});
  const worker = new Worker('queue', undefined, { connection, autorun: false });
  worker.on('error', () => {});
  return worker.id;
}

function pinoPid() {
  let line = '';
  pino({}, { write: (text) => (line = text) }).info('hello');
  return JSON.parse(line).pid;
}
