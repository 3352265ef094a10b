// A storm of interrupts: neither JavaScript that is interrupted nor the process may be affected.
//
//   node storm.js [--interrupts N] [--patience seconds] [--json]
//
// A thread sends signals without a pause while each kind of work in storm/work.js runs repeatedly. Each result is
// compared with the one from before the storm. N interrupts must arrive in the middle of JavaScript.
import assert from 'node:assert/strict';
import { fstatSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { loadNative } from '../../dist/native/binding.js';
import { kinds } from './storm/work.js';

const { values: options } = parseArgs({
  options: {
    interrupts: { type: 'string', default: '20000' },
    patience: { type: 'string', default: '600' },
    json: { type: 'boolean', default: false },
  },
});
const wanted = Number(options.interrupts);
const deadline = performance.now() + Number(options.patience) * 1000;

/** Rounds before the storm, after which V8 has optimized all it will. */
const WARM = 300;
/** Rounds between two blocks of the event loop, each of which lasts until the addon has written a line about it. */
const BLOCK = 2000;

const directory = mkdtempSync(join(tmpdir(), 'swarm-storm-'));
const lines = openSync(join(directory, 'lines'), 'w');
const native = loadNative();
const expected = new Map();
for (const [name, work] of kinds) {
  for (let round = 0; round < WARM; round++) expected.set(name, await work());
}

/** Number of interrupts by the function that they interrupted. */
const seen = new Map();
let interrupts = 0;
native.onInterrupt('SIGTTIN', note, { fd: lines, text: '% % % % %\n', own: '/nowhere/' });
const signals = new Worker(
  `const { workerData } = require('node:worker_threads');
  for (;;) {
    process.kill(workerData, 'SIGTTIN');
    const until = performance.now() + Math.random() * 0.05;
    while (performance.now() < until);
  }`,
  { eval: true, workerData: process.pid },
);

const failures = [];
let blocks = 0;
for (let round = 1; interrupts < wanted && failures.length === 0; round++) {
  for (const [name, work] of kinds) {
    try {
      assert.deepEqual(await work(), expected.get(name));
    } catch (error) {
      failures.push(`${name}: ${error.stack}`);
    }
    await turn();
  }
  if (round % BLOCK === 1) block();
  if (performance.now() > deadline) failures.push(`only ${interrupts} interrupts arrived`);
}
await signals.terminate();
rmSync(directory, { recursive: true });

if (options.json) {
  console.log(JSON.stringify({ interrupts, blocks, failures, functions: [...seen.keys()] }));
} else {
  for (const failure of failures) console.log(`FAILED: ${failure}`);
  const most = [...seen].sort(([, a], [, b]) => b - a).slice(0, 20);
  for (const [name, count] of most) console.log(`${String(count).padStart(9)} in ${name}`);
  console.log(
    `${interrupts} interrupts in ${seen.size} functions, ${blocks} lines while blocked, ${failures.length} failures`,
  );
}
process.exitCode = failures.length > 0 ? 1 : 0;

function note(_, stack) {
  const [name] = stack.split(' ', 1);
  if (name === '' || name === 'note') return;
  interrupts++;
  seen.set(name, (seen.get(name) ?? 0) + 1);
}

function block() {
  const { size } = fstatSync(lines);
  while (fstatSync(lines).size === size);
  blocks++;
}
