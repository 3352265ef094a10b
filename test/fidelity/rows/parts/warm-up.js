// What a process may have done before it becomes a mold: everything that starts threads or leaves state in them.
import { generateKeyPair, pbkdf2, randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { gzip } from 'node:zlib';
import { collect } from './collector.js';
import { expectedResult, wasmModule } from './wasm.js';

export async function warmUp() {
  await Promise.all([
    ...Array.from({ length: 8 }, () => readFile('/proc/self/maps')),
    ...Array.from({ length: 8 }, () => promisify(pbkdf2)('password', 'salt', 1000, 32, 'sha256')),
    ...Array.from({ length: 8 }, () => promisify(gzip)(Buffer.alloc(100_000))),
    promisify(randomBytes)(100),
    promisify(generateKeyPair)('rsa', { modulusLength: 2048 }),
    lookup('localhost').catch(() => {}),
    fetchFromItself(),
    WebAssembly.instantiate(wasmModule(400)).then(({ instance }) => {
      for (let round = 0; round < 200; round++) instance.exports.f0(2000);
    }),
  ]);
  const worker = new Worker('require("node:fs").readFileSync("/proc/self/stat")', { eval: true });
  await once(worker, 'exit');
  for (let round = 0; round < 50; round++) expectedResult(round, 100_000);
  collect();
  // Give threads that still have work time to finish it.
  await sleep(50);
}

async function fetchFromItself() {
  const server = createServer((_, response) => response.end('answer'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await (await fetch(`http://127.0.0.1:${server.address().port}`)).text();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
