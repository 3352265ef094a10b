// Soaks: many forks under circumstances in which a mistake shows. Each mold forks four children at a time, which do I/O,
// collect garbage, encrypt and start threads, and leave. No hang, no abort, no lost completion, no zombie, no growth.
//
//   node soak.js KIND[,KIND…]|all [--forks N] [--seed N] [--patience seconds] [--json]
//
// N forks in all, shared out among the kinds; soak/KIND.js says what each is about.
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
  console.error(`Give one or more of ${KINDS.join(', ')}, with commas between, or all.`);
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
  if (prefix.length > 0 && process.getuid() !== 0) return { ...result, skipped: 'this one needs root' };
  if (needsProbe && !buildProbe() && !loadProbe())
    return { ...result, skipped: 'this one needs the probe, see probe/' };
  const directory = mkdtempSync(join(tmpdir(), 'swarm-soak-'));
  const order = { kind, forks, seed: Number(options.seed), patience, directory };
  const end = await bounded([...prefix, process.execPath, MOLD, JSON.stringify(order)], {
    env,
    // The mold has to find out by itself which of its children hang.
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
  if (end.leftBehind.length > 0) result.failures.push(`processes were left: ${end.leftBehind.join(', ')}`);
  if (result.failures.length > 0) result.failures.push(`stderr:\n${end.stderr}`);
  return result;
}
