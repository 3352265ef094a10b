import { expect, it } from 'vitest';
import { runWarmUps } from '../../../../src/mold/warm-up/run.ts';

const LONG = 60_000;

it('runs all warm-ups in each round, one after another, and announces each round', async () => {
  const seen: string[] = [];
  const first = async (round: number) => {
    await new Promise(setImmediate);
    seen.push(`first ${round}`);
  };
  const second = (round: number) => void seen.push(`second ${round}`);

  await runWarmUps([first, second], LONG, () => void seen.push('begin'));

  expect(seen.slice(0, 6)).toEqual(['begin', 'first 1', 'second 1', 'begin', 'first 2', 'second 2']);
  expect(seen.length % 3).toBe(0);
});

it.each([
  ['throws', () => null as unknown],
  ['rejects', async () => null as unknown],
])('a warm-up that %s ends the run with its error', async (how, nothing) => {
  const error = new RangeError('no rates');
  const seen: number[] = [];
  const broken = () => {
    if (how === 'rejects') return Promise.reject(error);
    throw error;
  };

  await expect(runWarmUps([nothing, broken, (round) => seen.push(round)], LONG, () => {})).rejects.toBe(error);

  expect(seen).toEqual([]);
});

it('a warm-up that computes forever is ended', async () => {
  let rounds = 0;
  const endless = () => {
    rounds += 1;
    for (;;);
  };

  await expect(runWarmUps([endless], 50, () => {})).rejects.toThrow('it has still not ended after 0.05 s');

  expect(rounds).toBe(1);
});
