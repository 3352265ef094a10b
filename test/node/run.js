// Runs each test in a worker, and tests that do not pass there in plain Node.

import { whySpawned } from './differences.js';
import { Mold } from './forked.js';
import { outcomeOf } from './outcome.js';
import { runPlain } from './plain.js';

/** Number of workers per mold: if one can damage the mold, few others are affected. */
const BATCH = 40;
/** How often to retry a test that differs: on a busy machine, it may be slow. */
const RETRIES = 2;

/**
 * @typedef {{ test: import('./tests.js').Test, unfit?: string, forked?: string, plain?: string, retried: number,
 *   end?: import('./outcome.js').End }} Result `unfit`: why the test cannot run in a worker. `plain`: only set if the
 *   test did not pass in a worker. `retried`: how often it differed before
 */

/**
 * @param {import('./tests.js').Test[]} tests
 * @param {{ jobs: number, optionsOf: (job: number) => { cwd: string, env: object, patience: number },
 *   isListed: (test: import('./tests.js').Test) => boolean, onResult: (result: Result) => void }} options
 *   `isListed`: whether the test is known to differ
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

/** Splits tests into batches with the same flags and environment, which can share a mold. */
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
      // A test that also fails in plain Node says nothing about the worker.
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
