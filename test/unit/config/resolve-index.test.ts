import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/config/errors.ts';
import { machine, sized } from '../../support/machine.ts';

/** The first worker's index, and its origin. */
function indexOf(environment: Record<string, string>): [index: number, origin: string] {
  const { index, origins } = sized(environment, machine(5));
  return [index, origins.index];
}

describe('the first index', () => {
  it.each([
    ['0', 0],
    ['3', 3],
    ['03', 3],
    [' 3 ', 3],
    ['1000000000', 1_000_000_000],
  ])('with INDEX=%j is %i', (text, index) => {
    expect(indexOf({ INDEX: text })).toEqual([index, 'INDEX']);
    expect(indexOf({ SWARM_INDEX: text })).toEqual([index, 'SWARM_INDEX']);
  });

  it('comes from SWARM_INDEX if both are set, and from INDEX if SWARM_INDEX is empty', () => {
    expect(indexOf({ SWARM_INDEX: '2', INDEX: '3' })).toEqual([2, 'SWARM_INDEX']);
    expect(indexOf({ SWARM_INDEX: '', INDEX: '3' })).toEqual([3, 'INDEX']);
  });

  it.each(['abc', '-1', '1.5', '1e3', '0x10', 'NaN', 'Infinity', '1000000001', 'dyno.1'])(
    'is refused with the variable, the value and what is allowed: INDEX=%s',
    (text) => {
      for (const variable of ['INDEX', 'SWARM_INDEX']) {
        const resolve = () => indexOf({ [variable]: text });

        expect(resolve).toThrow(ConfigError);
        expect(resolve).toThrow(expect.objectContaining({ status: 78 }));
        expect(resolve).toThrow(
          `${variable}="${text}" is not an index: give a whole number from 0 to 1000000000, dyno or ordinal.`,
        );
      }
    },
  );
});

describe('INDEX=dyno', () => {
  it.each([
    [{ DYNO: 'worker.1', COUNT: '4' }, 0],
    [{ DYNO: 'worker.3', COUNT: '4' }, 8],
    [{ DYNO: 'worker.3', SWARM_COUNT: '2.5', COUNT: '9' }, 4],
    // Five cores, so five workers per dyno.
    [{ DYNO: 'worker.3' }, 10],
    [{ DYNO: 'mail_worker-2.12', COUNT: '1' }, 11],
    [{ DYNO: 'run.1234', COUNT: '2' }, 2466],
  ])('numbers workers across all dynos: %j starts at %i', (environment, index) => {
    expect(indexOf({ INDEX: 'dyno', ...environment })).toEqual([index, `INDEX=dyno, DYNO=${environment.DYNO}`]);
    expect(indexOf({ SWARM_INDEX: ' dyno ', ...environment })[0]).toBe(index);
  });

  it.each([
    [undefined, 'DYNO is not set'],
    ['', 'DYNO is not set'],
    ['worker-23z34x56y-w78k9', 'DYNO is "worker-23z34x56y-w78k9"'],
    ['worker', 'DYNO is "worker"'],
    ['worker.0', 'DYNO is "worker.0"'],
    ['worker.-1', 'DYNO is "worker.-1"'],
    ['worker.x', 'DYNO is "worker.x"'],
    ['worker.1.2', 'DYNO is "worker.1.2"'],
    ['worker.99999999999999999999', 'DYNO is "worker.99999999999999999999"'],
  ])('is refused if the dyno has no number: DYNO=%s', (dyno, found) => {
    const resolve = () => indexOf({ SWARM_INDEX: 'dyno', COUNT: '4', ...(dyno === undefined ? {} : { DYNO: dyno }) });

    expect(resolve).toThrow(ConfigError);
    expect(resolve).toThrow(expect.objectContaining({ status: 78 }));
    expect(resolve).toThrow(
      `SWARM_INDEX="dyno" needs a numbered dyno (DYNO=worker.1), but ${found}: give a whole number from 0, ` +
        'or leave it unset to start at 0.',
    );
  });
});
