import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { arrayBuffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, deflate, gunzip, gzip, inflate } from 'node:zlib';

export const compression = {
  async zlib() {
    for (const [pack, unpack] of [
      [gzip, gunzip],
      [deflate, inflate],
    ]) {
      await Promise.all(Array.from({ length: 8 }, () => survives(pack, unpack)));
    }
  },

  async brotli() {
    // The default quality takes seconds for this data.
    await survives((data, done) => brotliCompress(data, { params: { 1: 4 } }, done), brotliDecompress);
  },

  async CompressionStream() {
    const data = sample();
    const streams = new Blob([data]).stream().pipeThrough(new CompressionStream('gzip'));
    const copy = await arrayBuffer(streams.pipeThrough(new DecompressionStream('gzip')));
    assert.ok(data.equals(Buffer.from(copy)));
  },
};

async function survives(pack, unpack) {
  const data = sample();
  assert.ok(data.equals(await promisify(unpack)(await promisify(pack)(data))));
}

/** Half noise, half zeros. */
function sample() {
  return Buffer.concat([randomBytes(100_000), Buffer.alloc(100_000)]);
}
