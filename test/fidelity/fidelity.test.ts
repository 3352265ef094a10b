import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { inheritedEnvironment } from '../support/processes.ts';
import { NODE } from '../support/swarm.ts';

interface Row {
  name: string;
  outcome: 'passed' | 'failed' | 'absent';
  message: string;
}

interface Soak {
  forks: number;
  failures: string[];
  seed: string;
  skipped?: string;
}

const names = (await run('matrix.js', '--list')).trim().split('\n');

describe.each([
  ['fresh', []],
  ['busy', ['--busy']],
])('forked from a %s mold, a Node has', (_, options) => {
  let results: Map<string, Row>;
  beforeAll(async () => {
    const rows: Row[] = JSON.parse(await run('matrix.js', '--json', ...options));
    results = new Map(rows.map((row) => [row.name, row]));
  });

  test.for(names)('%s', (name, { skip }) => {
    const { outcome, message } = results.get(name) ?? { message: 'not reported' };
    if (outcome === 'absent') skip(message);
    expect(message).toBe('');
    expect(outcome).toBe('passed');
  });
});

describe('many forks in a row, from a mold that', () => {
  // Forks: so many that a soak which once found a mistake in 1 of 100 has a fair chance, and all take less than a minute.
  test.each([
    ['idle', 'does nothing', 40],
    ['natural', 'leaves its children to themselves', 40],
    ['join', 'has live threads, which its children end', 40],
    ['churn', 'starts and ends threads', 60],
    ['births', 'has threads that are born and die', 40],
    ['flight', 'has requests in flight', 60],
    ['sockets', 'opens and closes sockets', 24],
    ['hammers', 'has threads in malloc and stdio', 40],
    ['gc', 'collects garbage', 24],
    ['wasm', 'compiles WebAssembly', 40],
    ['pipes', 'logs through a thread', 20],
    ['init', 'is PID 1', 40],
  ])('%s: it %s', async (kind, _, forks) => {
    const soak: Soak = JSON.parse(await run('soak.js', kind, '--forks', String(forks), '--json'));
    if (soak.skipped) {
      // Loud: who runs all of the tests must know that this one proved nothing.
      if (process.env['CI']) throw new Error(soak.skipped);
      console.warn(`SKIPPED: ${kind}: ${soak.skipped}`);
      return;
    }
    expect(soak, `seed ${soak.seed}`).toMatchObject({ failures: [], forks });
  });
});

test('interrupts by the thousand change nothing of what they come in the middle of', async () => {
  const storm = JSON.parse(await run('storm.js', '--interrupts', '5000', '--json'));
  expect(storm.failures).toEqual([]);
});

/** What it prints; how it exits only says whether there were failures. */
function run(script: string, ...args: string[]): Promise<string> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const options = { env: inheritedEnvironment(), maxBuffer: Number.POSITIVE_INFINITY };
  return new Promise((resolve, reject) => {
    execFile(NODE, [path, ...args], options, (error, stdout, stderr) => {
      if (stdout) resolve(stdout);
      else reject(error ?? new Error(`${script} printed nothing but ${stderr}`));
    });
  });
}
