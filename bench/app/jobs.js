// The job module: a worker of a shop, with the packages such a worker has. Every contender runs this file, as it is, in each
// of its workers. It has no work until the bench gives it some, so what is measured as idle is a worker without jobs.
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openLink } from './link.js';
import { perform } from './work.js';

let jobs = 0;
let collections = 0;
/** What the worker is doing; undefined while it is idle. */
let working;
let stopping = false;

const link = openLink({
  /** @param collectEvery after so many jobs a full garbage collection; 0: leave that to V8 */
  work({ collectEvery }) {
    working = { enough: false };
    working.done = work(working, collectEvery && { every: collectEvery, collect: exposeCollector() });
    return {};
  },
  async rest() {
    await rest();
    return {};
  },
  count: () => ({ jobs, collections, at: performance.now() }),
});

// As an application that loses no job: the one in hand is finished. PM2 says INT where the others say TERM.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, stop);

async function stop() {
  if (stopping) return;
  stopping = true;
  await rest();
  await link.close();
  process.exit(0);
}

async function rest() {
  if (!working) return;
  working.enough = true;
  await working.done;
  working = undefined;
}

async function work(state, collector) {
  while (!state.enough) {
    await perform(jobs);
    jobs += 1;
    if (collector && jobs % collector.every === 0) {
      collector.collect();
      collections += 1;
    }
    // Signals and the bench are heard between two jobs.
    await yieldToOthers();
  }
}

/** A full collection on demand, without a flag on anybody's command line. */
function exposeCollector() {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}
