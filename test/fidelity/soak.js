// Soaks: many forks in conditions that expose mistakes. Each mold forks four children at a time, which do I/O, collect
// garbage, encrypt, start threads, and exit. There must be no hang, abort, lost completion, zombie or growth.
//
//   node soak.js KIND[,KIND…]|all [--forks N] [--seed N] [--patience seconds] [--json]
//
// N is the total number of forks, divided among the kinds. soak/KIND.js describes each kind.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bounded } from './bounded.js';
import { buildProbe, loadProbe } from './probe/index.js';

const KINDS = [
  'idle',
  'natural',
  'join',
  'churn',
  'births',
  'flight',
  'sockets',
  'hammers',
  'gc',
  'wasm',
  'pipes',
  'init',
];
const MOLD = fileURLToPath(new URL('./soak/mold.js', import.meta.url));

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    forks: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    patience: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
  },
});
const kinds = positionals[0] === 'all' ? KINDS : (positionals[0] ?? '').split(',');
if (!kinds.every((kind) => KINDS.includes(kind))) {
  console.error(`Give "all", or one or more of these, separated by commas: ${KINDS.join(', ')}`);
  process.exit(2);
}
const patience = Number(options.patience) * 1000;

for (const kind of kinds) {
  const { forks, failures, skipped, milliseconds, refused } = await run(kind, Math.ceil(options.forks / kinds.length));
  if (options.json) {
    console.log(JSON.stringify({ kind, forks, failures, skipped, seed: options.seed }));
  } else if (skipped) {
    console.log(`${kind}: SKIPPED, ${skipped}`);
  } else {
    for (const failure of failures) console.log(`${kind}: FAILED: ${failure}`);
    milliseconds.sort((a, b) => a - b);
    const [median, most] = [milliseconds[milliseconds.length >> 1] ?? 0, milliseconds.at(-1) ?? 0];
    console.log(
      `${kind}: ${forks} forks, ${failures.length} failures, ${refused} refused, ` +
        `${median.toFixed(1)} ms a fork (median), ${most.toFixed(1)} ms at most, seed ${options.seed}`,
    );
  }
  if (failures.length > 0) process.exitCode = 1;
}

async function run(kind, forks) {
  const { prefix = [], env, needsProbe = false } = await import(`./soak/${kind}.js`);
  const result = { forks: 0, failures: [], milliseconds: [], refused: 0 };
  if (prefix.length > 0 && process.getuid() !== 0) return { ...result, skipped: 'this soak needs root' };
  if (needsProbe && !buildProbe() && !loadProbe())
    return { ...result, skipped: 'this soak needs the probe, see probe/' };
  const directory = mkdtempSync(join(tmpdir(), 'swarm-soak-'));
  const order = { kind, forks, seed: Number(options.seed), patience, directory };
  const end = await bounded([...prefix, process.execPath, MOLD, JSON.stringify(order)], {
    env,
    // Longer than a child may take: the mold itself must find out which of its children hang.
    patience: patience * 1.5,
    onReport({ milliseconds = [], refused = 0, failures }) {
      result.milliseconds.push(...milliseconds);
      result.forks = result.milliseconds.length;
      result.refused += refused;
      result.failures.push(...failures);
      if (process.stdout.isTTY && !options.json) process.stdout.write(`${kind}: ${result.forks}\r`);
    },
  });
  rmSync(directory, { recursive: true, force: true });
  if (end.hung !== undefined) result.failures.push(`the mold hung\n${end.hung}`);
  else if (end.code !== 0) result.failures.push(`the mold ended with ${end.signal ?? end.code}`);
  if (end.leftBehind.length > 0) result.failures.push(`it left processes behind: ${end.leftBehind.join(', ')}`);
  if (result.failures.length > 0) result.failures.push(`stderr:\n${end.stderr}`);
  return result;
}
