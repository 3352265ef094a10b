// A worker thread that computes and uses the file system, reports the result, and obeys messages.
import { pbkdf2Sync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parentPort, threadId, workerData } from 'node:worker_threads';
import { expectedResult } from './wasm.js';

const path = join(workerData.directory, `thread-${threadId}`);
await writeFile(path, pbkdf2Sync('password', 'salt', 4096, 20, 'sha1').toString('hex'));

parentPort.on('message', (message) => {
  if (message === 'close') parentPort.close();
  else if (message === 'exit') process.exit(3);
  else if (message === 'spin') {
    parentPort.postMessage('spinning');
    while (true) expectedResult(1, 1000);
  } else parentPort.postMessage(`${message} back`);
});

parentPort.postMessage({ file: await readFile(path, 'utf8'), result: expectedResult(7, 3_000_000) });
