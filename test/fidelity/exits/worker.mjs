// A worker that ends at the worst moment: its heap is nearly full, and a V8 thread is still compiling code that just
// became hot. If that thread needs memory, it waits for a collection by the main thread, which is exiting. The worker
// prints `ending <pid> <way>` on stdout, and `exit <pid>` from its exit listener.
import { writeSync } from 'node:fs';
import { randomFrom } from '../soak/random.js';
import functions from './functions.cjs';

const { EXITS_SEED, EXITS_WAYS } = process.env;
/** Number of calls after which V8 compiles a function. */
const WARM = 12;

const WAYS = {
  exit: () => process.exit(3),
  natural: () => clearInterval(alive),
  uncaught: () => {
    throw new Error('on purpose');
  },
  rejection: () => Promise.reject(new Error('on purpose')),
};

const alive = setInterval(() => {}, 60_000);
const ways = EXITS_WAYS.split(',');

process.on('exit', () => say('exit'));
process.once('SIGTERM', () => {
  const random = randomFrom(Number(EXITS_SEED) + process.pid);
  const way = ways[Math.floor(random() * ways.length)];
  alive.kept = garbage(random() * 150_000);
  for (let call = 0; call < WARM; call++) functions.callAll();
  say('ending', way);
  WAYS[way]();
});

function say(word, ...more) {
  writeSync(1, `${[word, process.pid, ...more].join(' ')}\n`);
}

function garbage(count) {
  const kept = [];
  for (let n = 0; n < count; n++) kept.push({ n, list: [n], text: `n${n}` });
  return kept;
}
