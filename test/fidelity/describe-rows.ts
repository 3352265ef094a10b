import { beforeAll, describe, expect, test } from 'vitest';
import { run } from './run.ts';

interface Row {
  name: string;
  outcome: 'passed' | 'failed' | 'absent';
  message: string;
}

const names = (await run('matrix.js', '--list')).trim().split('\n');

/**
 * Defines a test for each row of the matrix.
 *
 * @param mold the mold to fork from
 * @param options options of matrix.js
 */
export function describeRows(mold: string, options: readonly string[]): void {
  describe(`a Node forked from a ${mold} has`, () => {
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
}
