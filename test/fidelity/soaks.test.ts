import { describe, expect, test } from 'vitest';
import { skip } from '../support/needs.ts';
import { run } from './run.ts';

interface Soak {
  forks: number;
  failures: string[];
  seed: string;
  skipped?: string;
}

describe('many forks in a row, from a mold that', () => {
  // The number of forks gives each soak a fair chance to find a mistake that affects 1 fork in 100, while all soaks
  // together take less than a minute.
  test.each([
    ['idle', 'does nothing', 40],
    ['natural', 'lets its children exit naturally', 40],
    ['join', 'has live threads, which its children end', 40],
    ['churn', 'starts and ends worker threads', 60],
    ['births', 'has threads that keep starting and exiting', 40],
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
      if (skip(`the soak "${kind}"`, soak.skipped)) throw new Error(soak.skipped);
      return;
    }
    expect(soak, `seed ${soak.seed}`).toMatchObject({ failures: [], forks });
  });
});

test('thousands of interrupts leave the interrupted JavaScript unaffected', async () => {
  const storm = JSON.parse(await run('storm.js', '--interrupts', '5000', '--json'));
  expect(storm.failures).toEqual([]);
});
