// Prints how many tests passed, failed and were skipped, according to the reports in a directory (vitest's JSON, bats's
// TAP), followed by the failed tests with an excerpt of each reason. Prints the skipped tests to stderr, because a test
// that does not run proves nothing.
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const [directory] = process.argv.slice(2);
const tests = [...fromVitest(read('vitest.json')), ...fromBats(read('report.tap'))];
const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map((outcome) =>
  tests.filter((test) => test.outcome === outcome),
);

for (const { name } of skipped) console.error(`Skipped: ${name}`);
console.log(passed.length, failed.length, skipped.length);
for (const { name, reason } of failed) {
  console.log(name);
  for (const line of excerpt(reason)) console.log(`    ${line}`);
}

function* fromVitest(report) {
  for (const file of parsed(report).testResults) {
    // A file that failed to load has no test results.
    if (file.status === 'failed' && file.assertionResults.length === 0) {
      yield { name: relative('.', file.name), outcome: 'failed', reason: file.message };
    }
    for (const { fullName, status, failureMessages } of file.assertionResults) {
      const outcome = ['passed', 'failed'].includes(status) ? status : 'skipped';
      yield { name: `${relative('.', file.name)}: ${fullName}`, outcome, reason: failureMessages.join('\n') };
    }
  }
}

function* fromBats(report) {
  for (const [, not, name, skip] of report.matchAll(/^(not )?ok \d+ (.*?)( # skip.*)?$/gm)) {
    yield { name, outcome: not ? 'failed' : skip ? 'skipped' : 'passed', reason: '' };
  }
}

/** Shortens a reason and omits stack frames of the runner. A reason can contain a log of any length. */
function excerpt(reason) {
  const frame = /^\s+at .*(node_modules|<anonymous>)/;
  const lines = stripVTControlCharacters(reason)
    .split('\n')
    .filter((line) => line.trim() !== '' && !frame.test(line));
  return lines.length > 30 ? [...lines.slice(0, 10), '…', ...lines.slice(-20)] : lines;
}

/** Parses a report. A killed runner leaves a partial report, or none. */
function parsed(report) {
  try {
    return JSON.parse(report);
  } catch {
    return { testResults: [] };
  }
}

function read(file) {
  try {
    return readFileSync(join(directory, file), 'utf8');
  } catch {
    return '';
  }
}
