// Prints how many tests passed, failed and were skipped, read from the reports in a directory (vitest's JSON, bats's TAP),
// and below that line what failed, with the beginning of each reason. On stderr the names of the skipped: a test that
// does not run proves nothing.
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
    // A file that could not be loaded has no tests to blame.
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

/** Without the runner's own frames. The log that a test waited on is part of the reason, and can have any length. */
function excerpt(reason) {
  const frame = /^\s+at .*(node_modules|<anonymous>)/;
  const lines = stripVTControlCharacters(reason)
    .split('\n')
    .filter((line) => line.trim() !== '' && !frame.test(line));
  return lines.length > 30 ? [...lines.slice(0, 10), '…', ...lines.slice(-20)] : lines;
}

/** A runner that was killed leaves half a report, or none. */
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
