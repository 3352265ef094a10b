// The minimum for worker_threads: the main thread loads nothing of the application, replaces dead threads, and forwards
// TERM.
import { Worker } from 'node:worker_threads';

const [count] = process.argv.slice(2);
const APP = new URL('../../app/start.js', import.meta.url);
const threads = new Set();
let isStopping = false;

function start() {
  const thread = new Worker(APP);
  threads.add(thread);
  thread.once('exit', () => {
    threads.delete(thread);
    if (!isStopping) start();
  });
}

process.once('SIGTERM', () => {
  isStopping = true;
  for (const thread of threads) thread.postMessage('SIGTERM');
});
for (let started = 0; started < Number(count); started += 1) start();
