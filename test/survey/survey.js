// Who draws random numbers, or reads the pid, while it is loaded, and what swarm makes of it: each package in a process of
// its own.
//
//   npm run survey -- [--all] [directory] [package…]
//
// directory   one with node_modules in it; by default the packages of packages.txt are installed into .cache/survey
// --all       prints what is renewed and harmless as well, with the files that were on the stack
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

/** Those that were asked for, not what they depend on. */
function packagesOf(directory) {
  const { dependencies } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  return Object.keys(dependencies ?? {});
}
