import { describe, expect, it } from 'vitest';
import { describeDecision, ineffective } from '../../../src/cli/decision.ts';
import { resolveSettings } from '../../../src/config/resolve.ts';

function describeWith(environment: Record<string, string>): string {
  const configuration = resolveSettings(environment, { cores: 2 });
  return describeDecision({ ...configuration, mode: 'spawn', reason: 'for a reason' });
}

describe('the decision in words', () => {
  it.each([
    [{}, '2 workers (2 cores), indexes 0 to 1, spawn mode (for a reason)'],
    [{ COUNT: '1' }, '1 worker (COUNT), index 0, spawn mode (for a reason)'],
    [{ COUNT: '0.5' }, '1 worker (COUNT: 0.5 of 2 cores), index 0, spawn mode (for a reason)'],
    [
      { SWARM_COUNT: '4', INDEX: 'dyno', DYNO: 'worker.3' },
      '4 workers (SWARM_COUNT), indexes 8 to 11, spawn mode (for a reason)',
    ],
  ])('of %j is: %s', (environment, words) => {
    expect(describeWith(environment)).toBe(words);
  });
});

describe('the limit of a worker', () => {
  it('has an effect where there is a supervisor', () => {
    expect(ineffective('maxMemory', { mode: 'spawn', reason: undefined })).toBeUndefined();
    expect(ineffective('maxMemory', { mode: 'inline', reason: undefined })).toBe('no effect in inline mode');
  });
});
