import { pbkdf2, randomBytes, scrypt } from 'node:crypto';
import { lookup } from 'node:dns';
import { readdir, readFile, realpath, stat } from 'node:fs';
import { gzip } from 'node:zlib';

const KINDS = [
  (done) => pbkdf2('password', 'salt', 500, 32, 'sha256', done),
  (done) => readFile('/proc/self/status', done),
  (done) => readdir('/etc', done),
  (done) => lookup('localhost', () => done()),
  (done) => realpath.native('/proc/self/exe', done),
  (done) => gzip('text', done),
  (done) => stat('/', done),
  (done) => scrypt('password', 'salt', 32, { N: 64 }, done),
  (done) => randomBytes(1000, done),
];

/** Requests to the thread pool. Counts the completions of each request, which must be exactly one. */
export class Requests {
  #counts = [];
  #all = [];

  start(number) {
    for (let i = 0; i < number; i++) this.#start(KINDS[i % KINDS.length]);
  }

  #start(request) {
    const id = this.#counts.push(0) - 1;
    const { promise, resolve, reject } = deferred();
    request((error) => {
      this.#counts[id]++;
      if (error) reject(error);
      else resolve();
    });
    this.#all.push(promise);
  }

  /** Waits for all started requests, and forgets them. */
  async completed() {
    await Promise.all(this.#all);
    // A second completion would follow immediately, in the same queue.
    await new Promise((resolve) => setImmediate(resolve));
    const wrong = this.#counts.filter((count) => count !== 1).length;
    if (wrong > 0) throw new Error(`${wrong} of ${this.#counts.length} requests were completed more than once`);
    this.#counts = [];
    this.#all = [];
  }
}

function deferred() {
  let resolve;
  let reject;
  const promise = new Promise((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve, reject };
}
