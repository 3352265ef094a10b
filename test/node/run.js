// Each test in a worker, and those that do not pass there in a Node of their own.

import { whySpawned } from './differences.js';
import { Mold } from './forked.js';
import { outcomeOf } from './outcome.js';
import { runPlain } from './plain.js';

/** Workers of one mold: what one of them does to it, should that be possible, meets few others. */
const BATCH = 40;
/** How often what differs is tried again: on a busy machine a test may be late. */
const RETRIES = 2;

/**
 * @typedef {{ test: import('./tests.js').Test, unfit?: string, forked?: string, plain?: string, retried: number,
 *   end?: import('./outcome.js').End }} Result `unfit`: there can be no worker, and why. `plain`: only where it did not
 *   pass in a worker. `retried`: it differed so many times before
 */

/**
 * @param {import('./tests.js').Test[]} tests
 * @param {{ jobs: number, optionsOf: (job: number) => { cwd: string, env: object, patience: number },
 *   isListed: (test: import('./tests.js').Test) => boolean, onResult: (result: Result) => void }} options
 *   `isListed`: it is known to differ
 */
export async function runAll(tests, { jobs, optionsOf, isListed, onResult }) {
  const batches = [...inBatches(tests)];
  await Promise.all(
    Array.from({ length: jobs }, async (_, job) => {
      for (let batch = batches.shift(); batch; batch = batches.shift()) {
        for await (const result of runBatch(batch, optionsOf(job), isListed)) onResult(result);
      }
    }),
  );
}

/** Of tests that want the same flags and the same environment, and so can have the same mold. */
function* inBatches(tests) {
  const alike = new Map();
  for (const test of tests) {
    const kind = JSON.stringify([test.flags, test.env]);
    alike.set(kind, [...(alike.get(kind) ?? []), test]);
  }
  for (const group of alike.values()) {
    for (let start = 0; start < group.length; start += BATCH) yield group.slice(start, start + BATCH);
  }
}

async function* runBatch(batch, options, isListed) {
  let mold;
  for (const test of batch) {
    const unfit = whySpawned(test.flags);
    if (unfit !== undefined) {
      yield { test, unfit, retried: 0 };
      continue;
    }
    let plain;
    for (let retried = 0; ; retried += 1) {
      if (!mold || mold.isOver) mold = await freshMold(test, options);
      if (mold.unfit !== undefined) {
        yield { test, unfit: mold.unfit, retried };
        break;
      }
      const end = await mold.run(test.path);
      const forked = outcomeOf(end);
      // What fails by itself says nothing of a worker.
      if (forked !== 'passed') plain ??= outcomeOf(await runPlain(test, options));
      if (forked === 'passed' || plain !== 'passed' || isListed(test) || retried === RETRIES) {
        yield { test, forked, plain, end, retried };
        break;
      }
      await mold.end();
    }
  }
  await mold?.end();
}

async function freshMold(test, options) {
  const mold = new Mold(test, options);
  await mold.prepare();
  return mold;
}
