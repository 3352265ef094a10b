// Makes each mistake of list.js in a copy of the addon, and checks that a test finds it: a test that cannot fail proves
// nothing. Needs make, a C compiler and a built dist/.
//
//   node run.js [name…]
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mistakes } from './list.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** How long a process must be silent to count as hung, in seconds. */
const PATIENCE = 10;
const MAJOR = Number(process.versions.node.split('.')[0]);

const wanted = process.argv.slice(2);
const copy = mkdtempSync(join(tmpdir(), 'swarm-mistakes-'));
/** Commands that passed without a mistake. */
const sound = new Set();
const counts = { found: 0, 'NOT FOUND': 0, 'not in this Node': 0 };
for (const mistake of mistakes) {
  if (wanted.length > 0 && !wanted.includes(mistake.name)) continue;
  const outcome = make(mistake);
  counts[outcome]++;
  console.log(`${outcome.padEnd(17)}${mistake.name}: ${mistake.does}`);
}
rmSync(copy, { recursive: true });
console.log(`${counts.found} found, ${counts['NOT FOUND']} not found, ${counts['not in this Node']} not in this Node`);
process.exitCode = counts['NOT FOUND'] > 0 || counts.found === 0 ? 1 : 0;

/** Makes the mistake, and checks that the command passes without it and fails with it. */
function make({ name, file, changes, found, node = 0 }) {
  if (node > MAJOR) return 'not in this Node';
  prepare();
  if (!sound.has(found) && !passes(found)) throw new Error(`${name}: "${found}" fails without the mistake`);
  sound.add(found);
  change(name, join(copy, 'src/native', file), changes);
  const { status, stderr } = spawnSync('make', ['--silent', '--file=src/native/Makefile'], {
    cwd: copy,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${name} cannot be built: ${stderr}`);
  return passes(found) ? 'NOT FOUND' : 'found';
}

function prepare() {
  for (const folder of ['src/native', 'dist', 'test/fidelity']) {
    rmSync(join(copy, folder), { recursive: true, force: true });
    cpSync(join(ROOT, folder), join(copy, folder), { recursive: true });
  }
  rmSync(join(copy, 'node_modules'), { force: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
}

function change(name, path, changes) {
  let text = readFileSync(path, 'utf8');
  for (const [from, to] of changes) {
    if (text.split(from).length !== 2) throw new Error(`${name}: ${path} no longer contains exactly one of: ${from}`);
    text = text.replace(from, () => to);
  }
  writeFileSync(path, text);
}

function passes(command) {
  const line = `'${process.execPath}' test/fidelity/${command} --patience ${PATIENCE}`;
  return spawnSync('sh', ['-c', line], { cwd: copy, stdio: 'ignore' }).status === 0;
}
