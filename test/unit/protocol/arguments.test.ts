import { describe, expect, it } from 'vitest';
import { workerArguments } from '../../../src/protocol/arguments.ts';

describe('the arguments of a worker', () => {
  it.each<[given: string[], worker: string[]]>([
    [
      ['-r', './jobs.js', '-q', 'mail'],
      ['-r', './jobs.js', '-q', 'mail', '-i', '3'],
    ],
    [
      ['-r', './jobs.js', '--', '-q', 'mail'],
      ['-q', 'mail'],
    ],
    [['-r', './jobs.js', '--'], []],
    [
      ['-r', './jobs.js', '--verbose', '--', '-i', '7', '--', 'x'],
      ['-i', '7', '--', 'x'],
    ],
  ])('of swarm %j are %j', (given, worker) => {
    expect(workerArguments(given, 3)).toEqual(worker);
  });

  it('have no index in a mold', () => {
    expect(workerArguments(['-r', './jobs.js'])).toEqual(['-r', './jobs.js']);
  });
});
