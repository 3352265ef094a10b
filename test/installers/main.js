// Installs the packed tarball as users do, and runs it. Prints a table of what works by installer and Node.
//
//   node main.js TARBALL NODE…     NODE: the path of a binary
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Application } from './application.js';
import { unsupported } from './engines.js';
import { INSTALLERS } from './installers.js';

const [tarball, ...nodes] = process.argv.slice(2);
const root = await mkdtemp(join(tmpdir(), 'swarm-installers-'));
const WIDTH = 22;
let failed = 0;
try {
  print('', 'Node', 'installs', 'starts', 'forks');
  for (const node of nodes) {
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
    for (const name of Object.keys(INSTALLERS)) {
      const { installs, starts, forks, trouble } = await attempt(name, node, join(root, `${name} ${version}`));
      print(name, version, ...[installs, starts, forks].map((is) => (is ? 'yes' : 'NO')));
      if (!trouble) continue;
      failed += 1;
      console.log(trouble);
    }
  }
} finally {
  await rm(root, { recursive: true, force: true });
}
process.exitCode = failed > 0 || nodes.length === 0 ? 1 : 0;

async function attempt(name, node, directory) {
  const installer = INSTALLERS[name];
  const application = new Application({ directory, home: join(root, 'home'), node, installer });
  const result = { installs: false, starts: false, forks: false, trouble: '' };
  try {
    await application.install(tarball);
    result.installs = true;
    // Plug'n'Play has no node_modules to search, but installs the same versions.
    const tooNew = installer.launch ? [] : await unsupported(directory);
    if (tooNew.length > 0) throw new Error(tooNew.join('\n'));
    await application.version();
    const mode = await application.work();
    result.starts = true;
    result.forks = mode === 'fork';
    if (!result.forks) throw new Error('The worker was spawned.');
  } catch (error) {
    result.trouble = [error.message, error.stdout, error.stderr].filter(Boolean).join('\n');
  }
  return result;
}

function print(...cells) {
  console.log(
    cells
      .map((cell, index) => cell.padEnd(index === 0 ? WIDTH : 10))
      .join('')
      .trimEnd(),
  );
}
