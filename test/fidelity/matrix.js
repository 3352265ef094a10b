// The fidelity matrix: checks that a Node forked with all its threads works like any other.
//
//   node matrix.js [--busy] [--plain] [--rows name,…] [--json] [--list] [--patience seconds]
//
// --busy    use the mold's threads before the fork, see rows/parts/warm-up.js
// --plain   do not fork: run the rows in an ordinary Node, which proves that the rows are correct
// --rows    only rows whose names begin with one of these
// --list    print the names of the rows
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bounded } from './bounded.js';
import { buildProbe } from './probe/index.js';
import { rows } from './rows/index.js';
import { verdict } from './verdict.js';

const MOLD = fileURLToPath(new URL('./mold.js', import.meta.url));
/** Number of molds at a time. */
const WIDTH = 2;

const { values: options } = parseArgs({
  options: {
    busy: { type: 'boolean', default: false },
    plain: { type: 'boolean', default: false },
    rows: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    patience: { type: 'string', default: '60' },
  },
});
const patience = Number(options.patience) * 1000;
const prefixes = options.rows.split(',');
const names = [...rows.keys()].filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));

if (options.list) {
  for (const name of names) console.log(name);
} else {
  const directory = mkdtempSync(join(tmpdir(), 'swarm-fidelity-'));
  buildProbe();
  const results = await runAll(directory);
  rmSync(directory, { recursive: true, force: true });
  conclude(results);
}

async function runAll(directory) {
  const alone = (name) => options.plain || rows.get(name).mold;
  const together = names.filter((name) => !alone(name));
  const molds = names.filter(alone).map((name) => [name]);
  if (together.length > 0) molds.unshift(together);
  const results = [];
  await Promise.all(
    Array.from({ length: WIDTH }, async () => {
      for (let mold = molds.shift(); mold; mold = molds.shift()) {
        for (const result of await runMold(mold, mkdtempSync(join(directory, 'mold-')))) {
          results.push(result);
          if (!options.json) print(result);
        }
      }
    }),
  );
  return results;
}

/** @returns {Promise<{ name: string, outcome: 'passed' | 'failed' | 'absent', message: string }[]>} */
async function runMold(names, directory) {
  const { stdout, env } = rows.get(names[0]);
  const order = JSON.stringify({ ...options, names, directory, patience });
  const file = join(directory, 'stdout');
  const command = [process.execPath, MOLD, order];
  const reports = [];
  const end = await bounded(stdout === 'pipe' ? ['sh', '-c', '"$@" | cat', 'sh', ...command] : command, {
    ...(stdout === 'file' ? { stdout: openSync(file, 'w') } : {}),
    env,
    // Longer than a row may take: the mold itself must find out which of its children hang.
    patience: patience * 1.5,
    onReport: (report) => reports.push(report),
  });
  if (stdout === 'file') end.stdout = readFileSync(file, 'utf8');
  return names.map((name) => {
    const aboutIt = reports.filter((report) => report.name === name);
    return { name, ...verdict(rows.get(name), aboutIt, end, options.plain) };
  });
}

function print({ name, outcome, message }) {
  const word = { passed: 'ok', failed: 'FAILED', absent: 'not in this Node' }[outcome];
  console.log(`${word.padEnd(17)}${name}${message ? `: ${message}` : ''}`);
}

function conclude(results) {
  const count = (outcome) => results.filter((result) => result.outcome === outcome).length;
  if (options.json) console.log(JSON.stringify(results));
  else console.log(`${count('passed')} passed, ${count('failed')} failed, ${count('absent')} not in this Node`);
  process.exitCode = count('failed') > 0 || results.length === 0 ? 1 : 0;
}
