import crypto, { getRandomValues, randomBytes, randomInt, randomUUID } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { randomblob } from './randomblob.js';

const { random } = Math;

/** @type {Record<string, import('./kinds.js').Kind>} */
export const node = {
  'Math.random': { make: () => () => Math.random(), shared: 'always' },
  'a reference to Math.random': { make: () => () => random(), shared: 'always' },
  'crypto.randomUUID': { make: () => () => randomUUID(), shared: 'used' },
  'globalThis.crypto.randomUUID': { make: () => () => globalThis.crypto.randomUUID(), shared: 'used' },
  'crypto.randomUUID without a cache': { make: () => () => randomUUID({ disableEntropyCache: true }) },
  'crypto.randomInt': { make: () => () => randomInt(2 ** 48 - 1), shared: 'used' },
  'crypto.randomInt with a callback': {
    make: () => () => new Promise((resolve) => randomInt(2 ** 48 - 1, (_, n) => resolve(n))),
    shared: 'used',
    count: 500,
  },
  'crypto.randomBytes': { make: () => () => randomBytes(8).toString('hex') },
  'crypto.getRandomValues': { make: () => () => getRandomValues(new BigUint64Array(1))[0] },
  'crypto.webcrypto.getRandomValues': { make: () => () => crypto.webcrypto.getRandomValues(new BigUint64Array(1))[0] },
  'a pool of randomFill': pool((bytes, filled) => crypto.randomFill(bytes, filled)),
  'a pool of randomFillSync': pool((bytes, filled) => filled(crypto.randomFillSync(bytes))),
  'a pool of getRandomValues': pool((bytes, filled) => filled(globalThis.crypto.getRandomValues(bytes))),
  'Math.random of a new context': { make: () => () => runInNewContext('Math.random()'), shared: 'always', count: 20 },
  ...(await sqlite()),
  'process.pid': { make: () => () => process.pid, shared: 'always', count: 1 },
};

/** node:sqlite exists from Node 22 on. */
async function sqlite() {
  const module = await import('node:sqlite').catch(() => undefined);
  if (!module) return {};
  return { 'randomblob of node:sqlite': { make: () => randomblob(module.DatabaseSync), shared: 'used' } };
}

/** Imitates the pools of packages. The first draw fills the pool. */
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
  return { make: () => draw, shared: 'used' };
}
