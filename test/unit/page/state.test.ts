import { describe, expect, it } from 'vitest';
import type { Status } from '../../../src/control/status.ts';
import { silence, stateOf } from '../../../src/page/state.ts';
import { status } from './statuses.ts';

function said(given: Partial<Status>, workers?: Parameters<typeof status>[1]) {
  const { word, sentence, short, tone } = stateOf(status(given, workers));
  return [word, sentence, short, tone];
}

describe('the state of a swarm', () => {
  it.each<[string, Partial<Status>, string[]]>([
    ['booting', { phase: 'booting', ready: 0 }, ['booting', 'The swarm is booting', 'booting', 'busy']],
    ['ready', {}, ['ready', '2 of 2 workers ready', '2/2 ready', 'ready']],
    ['quiet', { phase: 'quiet' }, ['quiet', 'The swarm takes no new work', 'quiet', 'calm']],
    ['stopping', { phase: 'stopping' }, ['stopping', 'The swarm is stopping: 2 workers left', 'stopping', 'calm']],
    ['gone', { phase: 'gone', workers: [] }, ['stopping', 'The swarm is stopping: 0 workers left', 'stopping', 'calm']],
    [
      'preparing new code',
      { rollout: { generation: 2, stage: 'preparing' } },
      ['rolling restart', 'Generation 2 is being prepared', 'restarting, 2/2 ready', 'busy'],
    ],
    [
      'trying new code',
      { rollout: { generation: 2, stage: 'trying' } },
      ['rolling restart', 'Generation 2 has its first worker on trial', 'restarting, 2/2 ready', 'busy'],
    ],
  ])('is described while the swarm is %s', (_, given, expected) => {
    expect(said(given)).toEqual(expected);
  });

  it('counts the slots that run the new code, including those with a replacement in progress', () => {
    const workers = [{ generation: 2 }, { slot: 1 }, { slot: 1, generation: 2 }, { slot: 2 }];
    const given = { count: 3, rollout: { generation: 2, stage: 'renewing' } } as const;
    expect(said(given, workers)[1]).toBe('Generation 2 has 2 of 3 workers');
  });

  it('is not a rolling restart while the first generation starts', () => {
    expect(said({ rollout: { generation: 1, stage: 'trying' } })[0]).toBe('ready');
  });

  it('is "not ready" if a worker is missing', () => {
    const workers = [{}, { state: 'waiting' } as const];
    expect(said({ ready: 1 }, workers)).toEqual(['not ready', '1 of 2 workers ready', '1/2 ready', 'busy']);
  });

  it('is "not ready" in a crash loop, even while all workers are ready', () => {
    const [word, sentence] = said({}, [{}, { failures: 3, proven: false }]);
    expect([word, sentence]).toEqual(['not ready', '2 of 2 workers are ready; worker 1 has failed 3 times in a row']);
  });

  it('is "starting" only if the missing workers start for the first time', () => {
    const started = (...workers: Parameters<typeof status>[1] & object) => said({ ready: 0 }, workers)[0];
    expect(started({}, { state: 'starting' })).toBe('starting');
    expect(started({}, { state: 'starting', restarts: 1 })).toBe('not ready');
    expect(started({ state: 'stopping' }, { state: 'starting' })).toBe('not ready');
    expect(started({}, { state: 'waiting' })).toBe('not ready');
  });

  it('uses the singular for one worker', () => {
    expect(said({}, [{}])[1]).toBe('1 of 1 worker ready');
  });
});

describe('silence', () => {
  it.each<[Status['phase'], string]>([
    ['running', 'no answer'],
    ['quiet', 'no answer'],
    ['stopping', 'stopped'],
    ['gone', 'stopped'],
  ])('after the phase %s means "%s"', (phase, word) => {
    expect(silence(status({ phase })).word).toBe(word);
  });

  it('without any earlier answer does not mean "stopped"', () => {
    expect(silence(undefined)).toMatchObject({ word: 'no answer', tone: 'bad' });
  });
});
