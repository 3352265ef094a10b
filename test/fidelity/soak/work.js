import assert from 'node:assert/strict';
import { createHash, pbkdf2, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { gunzip, gzip } from 'node:zlib';
import { collect } from '../rows/parts/collector.js';
import { expectedResult, wasmModule } from '../rows/parts/wasm.js';

/** Does a bit of everything that uses threads. Throws if a result is wrong. */
export async function work(directory, name) {
  await Promise.all([inFiles(directory, name), inThePool(), inAThread(), inWasm(), sleep(2)]);
  allocate(100_000);
  collect();
}

async function inFiles(directory, name) {
  const paths = Array.from({ length: 8 }, (_, number) => join(directory, `${name}-${number}`));
  await Promise.all(paths.map((path) => writeFile(path, path)));
  assert.deepEqual(await Promise.all(paths.map((path) => readFile(path, 'utf8'))), paths);
  await Promise.all(paths.map((path) => rm(path)));
}

async function inThePool() {
  const [key, random] = await Promise.all([
    promisify(pbkdf2)('password', 'salt', 4096, 20, 'sha1'),
    promisify(randomBytes)(20_000),
  ]);
  assert.equal(key.toString('hex'), '4b007901b765489abead49d926f721d065a429c1');
  const copy = await promisify(gunzip)(await promisify(gzip)(random));
  const digest = (data) => createHash('sha256').update(data).digest('hex');
  assert.equal(digest(copy), digest(random));
}

async function inAThread() {
  const worker = new Worker('require("node:worker_threads").parentPort.postMessage([1, 2, 3].map((n) => n * n))', {
    eval: true,
  });
  const [[squares], [code]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
  assert.deepEqual([squares, code], [[1, 4, 9], 0]);
}

async function inWasm() {
  const { instance } = await WebAssembly.instantiate(wasmModule(20));
  assert.equal(instance.exports.f7(1000), expectedResult(7, 1000));
}

/** Makes garbage, part of which lives long enough to be moved. */
export function allocate(count) {
  const kept = new Array(1000);
  for (let i = 0; i < count; i++)
    kept[i % kept.length] = { i, text: `n${i}`, other: kept[(i * 7) % kept.length]?.text };
  assert.equal(kept[(count - 1) % kept.length].text, `n${count - 1}`);
}
