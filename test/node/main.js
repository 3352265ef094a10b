// Runs Node's own tests in swarm's workers, each in its own fork: tests that pass as `node test.js` must pass there
// too. Tests the Node that runs this script; run.sh fetches a Node and its tests for each version.
//
//   main.js --source DIRECTORY [--suite parallel] [--jobs 2] [--patience 60] [--logs DIRECTORY] [part of a name…]
//
// --source    the source of the same version of Node
// --suite     a directory of its tests; can be repeated
// --patience  seconds after which a test counts as hung
// --logs      where to keep the output of tests that differ
//
// The status is 1 if differences.js does not explain a difference. Tests that it lists, but that pass, are named.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { reasonOf, whySpawned } from './differences.js';
import { endAllOrphans } from './orphans.js';
import { runAll } from './run.js';
import { findTests } from './tests.js';

/** Number of tests between progress messages. */
const PROGRESS = 100;

const { values: options, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: {
    source: { type: 'string' },
    suite: { type: 'string', multiple: true, default: ['parallel'] },
    jobs: { type: 'string', default: '2' },
    patience: { type: 'string', default: '60' },
    logs: { type: 'string' },
  },
});
/** Like the environment that Node's tools/test.py sets, without variables for this process or npm. */
const environment = Object.entries(process.env).filter(
  ([name]) => !/^(NODE_|npm_|SWARM_|FORCE_COLOR|NO_COLOR)/i.test(name),
);
const source = resolve(options.source);
const tests = options.suite.flatMap((suite) => findTests(source, suite, filters));
if (options.logs) mkdirSync(options.logs, { recursive: true });

const results = [];
// On Ctrl-C, report the results so far.
process.once('SIGINT', () => {
  conclude();
  process.exit();
});
await runAll(tests, {
  jobs: Number(options.jobs),
  isListed: ({ name }) => reasonOf(name) !== undefined,
  optionsOf: (job) => ({
    cwd: source,
    patience: 1000 * Number(options.patience),
    // Each job has its own ports and temporary directory.
    env: { ...Object.fromEntries(environment), TEST_PARALLEL: '1', TEST_THREAD_ID: String(job + 1) },
  }),
  onResult(result) {
    results.push(result);
    tell(result);
    if (results.length % PROGRESS === 0) console.error(`${results.length} of ${tests.length}`);
  },
});
conclude();

function differs({ forked, plain }) {
  return forked !== 'passed' && plain === 'passed';
}

function tell(result) {
  const { test, unfit, forked, end, retried } = result;
  if (unfit !== undefined && !whySpawned(test.flags)) console.log(`NO FORK: ${test.name}: ${unfit}`);
  if (retried > 0 && forked === 'passed') console.log(`flaky: ${test.name} passed after ${retried} failures`);
  if (!differs(result)) return;
  if (reasonOf(test.name) === undefined) console.log(`DIFFERS: ${test.name}: ${forked}`);
  if (!options.logs) return;
  const file = join(options.logs, `${test.name.replaceAll('/', '.')}.log`);
  writeFileSync(file, `${forked}\n--- stdout\n${end.stdout}\n--- stderr\n${end.stderr}\n`);
}

function conclude() {
  endAllOrphans();
  const passed = results.filter(({ forked }) => forked === 'passed');
  const unfit = results.filter((result) => result.unfit !== undefined);
  const differing = results.filter(differs);
  const others = results.length - passed.length - unfit.length - differing.length;
  const done = results.length < tests.length ? `${results.length} of ${tests.length}` : results.length;
  console.log(`Node ${process.versions.node}: ${done} tests. ${others} are skipped or fail in plain Node.`);
  console.log(`${passed.length} pass in a forked worker.`);
  console.log(`${unfit.length} cannot run in a forked worker:`);
  tabulate(unfit, (result) => result.unfit);
  console.log(`${differing.length} pass only in plain Node:`);
  tabulate(differing, ({ test }) => reasonOf(test.name) ?? 'NO KNOWN REASON');
  const better = passed.filter(({ test }) => reasonOf(test.name) !== undefined);
  if (better.length > 0)
    console.log(`Listed, but no longer different: ${better.map(({ test }) => test.name).join(', ')}`);
  const unexplained =
    differing.filter(({ test }) => reasonOf(test.name) === undefined).length +
    unfit.filter(({ test }) => !whySpawned(test.flags)).length;
  process.exitCode = unexplained > 0 || passed.length === 0 ? 1 : 0;
}

function tabulate(rows, textOf) {
  const counts = new Map();
  for (const row of rows) counts.set(textOf(row), (counts.get(textOf(row)) ?? 0) + 1);
  const sorted = [...counts].sort(([, one], [, other]) => other - one);
  for (const [text, times] of sorted) console.log(`${String(times).padStart(6)}  ${text}`);
}
