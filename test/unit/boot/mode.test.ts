import { describe, expect, it } from 'vitest';
import { modeAfter } from '../../../src/boot/mode.ts';
import { ApplicationError, ConfigError } from '../../../src/config/errors.ts';

function refusalOf(...given: Parameters<typeof modeAfter>) {
  const choice = modeAfter(...given);
  return 'refusal' in choice ? choice.refusal : undefined;
}

describe('if a process cannot be copied', () => {
  const setback = { type: 'unforkable', reason: 'there is no /proc' } as const;

  it('workers are spawned, with the reason', () => {
    expect(modeAfter('auto', setback)).toEqual({ mode: 'spawn', reason: 'there is no /proc' });
  });

  it('swarm does not start with SWARM_MODE=fork', () => {
    const refusal = refusalOf('fork', setback);
    expect(refusal).toBeInstanceOf(ConfigError);
    expect(refusal?.message).toBe(
      'SWARM_MODE="fork" is not possible here: there is no /proc. Give spawn, or leave it unset to let swarm choose.',
    );
  });
});

it.each(['auto', 'fork', 'spawn'] as const)(
  'code that cannot be loaded keeps swarm from starting, in %s mode',
  (wanted) => {
    const refusal = refusalOf(wanted, { type: 'broken', reason: 'preloading pg failed: Error: no' });
    expect(refusal).toBeInstanceOf(ApplicationError);
    expect(refusal?.message).toBe('preloading pg failed: Error: no.');
  },
);
