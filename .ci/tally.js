// Prints how many tests passed, failed and were skipped, read from the reports in a directory (vitest's JSON, bats's TAP),
// and on stderr the names of the skipped: a test that does not run proves nothing.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [directory] = process.argv.slice(2);
const tests = [...fromVitest(read('vitest.json')), ...fromBats(read('report.tap'))];
const named = (outcome) => tests.filter((test) => test.outcome === outcome).map((test) => test.name);

for (const name of named('skipped')) console.error(`Skipped: ${name}`);
console.log(named('passed').length, named('failed').length, named('skipped').length);

function* fromVitest(report) {
  for (const file of parsed(report).testResults) {
    // A file that could not be loaded has no tests to blame.
    if (file.status === 'failed' && file.assertionResults.length === 0) yield { name: file.name, outcome: 'failed' };
    for (const { fullName, status } of file.assertionResults) {
      yield { name: fullName, outcome: ['passed', 'failed'].includes(status) ? status : 'skipped' };
    }
  }
}

function* fromBats(report) {
  for (const [, not, name, skip] of report.matchAll(/^(not )?ok \d+ (.*?)( # skip.*)?$/gm)) {
    yield { name, outcome: not ? 'failed' : skip ? 'skipped' : 'passed' };
  }
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
