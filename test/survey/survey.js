// Shows which packages draw random numbers or read the pid while they are loaded, and which of them swarm would not
// share. Loads each package in a separate process.
//
//   npm run survey -- [--all] [directory] [package…]
//
// directory   a directory with a node_modules; by default, .cache/survey with the packages in packages.txt installed
// --all       also prints draws that are renewed or harmless, with the files that were on the stack
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { installSample } from './sample.js';

const AT_ONCE = 2;
const PATIENCE = 60_000;
const ONE = fileURLToPath(new URL('one.js', import.meta.url));

const { values, positionals } = parseArgs({
  options: { all: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [given, ...named] = positionals;
const directory = given === undefined ? await installSample() : resolve(given);
const names = named.length > 0 ? named : packagesOf(directory);

let loaded = 0;
let suspicious = 0;
const waiting = [...names];
await Promise.all(Array.from({ length: AT_ONCE }, survey));
console.log(`${loaded} of ${names.length} packages could be loaded; ${suspicious} of them would not be shared.`);

async function survey() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    for (const how of ['require', 'import']) {
      const answer = await ask(name, how);
      if (!answer) continue;
      loaded += 1;
      suspicious += Number(answer.suspects.length > 0);
      print(name, how, answer);
      break;
    }
  }
}

async function ask(name, how) {
  try {
    const options = { cwd: directory, timeout: PATIENCE, maxBuffer: 2 ** 26 };
    const { stdout } = await promisify(execFile)(process.execPath, [ONE, name, how], options);
    return JSON.parse(stdout.slice(stdout.lastIndexOf('\n{')));
  } catch {
    return undefined;
  }
}

function print(name, how, { draws, suspects }) {
  for (const { who, deed } of suspects) console.log(`${name} (${how}): ${who} ${deed}`);
  if (!values.all) return;
  for (const { call, files } of draws)
    console.log(`    ${call} by ${files.map((file) => file.replace(/^.*?\/node_modules\//, '')).join(' < ')}`);
}

/** Returns the packages in package.json, not their dependencies. */
function packagesOf(directory) {
  const { dependencies } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  return Object.keys(dependencies ?? {});
}
