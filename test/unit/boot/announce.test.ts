import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { describeDecision, ineffective, warnings } from '../../../src/boot/announce.ts';
import { decideFor } from '../../../src/boot/decision.ts';
import { resolveSettings } from '../../../src/config/resolve.ts';
import { findDynoType, machineLike } from '../../../src/machine/heroku/named.ts';
import type { Machine } from '../../../src/machine/probe.ts';
import { limitedMachine, machine } from '../../support/machine.ts';

const MB = 1024 ** 2;

function dyno(...names: string[]): Machine {
  const dynoTypes = names.flatMap((name) => findDynoType(name) ?? []);
  const [first] = dynoTypes.map(machineLike);
  if (!first) throw new Error('there is no such type');
  return { ...first, dynoTypes };
}

function decide(environment: Record<string, string>, machine_: Machine) {
  return decideFor(resolveSettings(environment), machine_, { mode: 'spawn', reason: 'for a reason' });
}

describe('describeDecision', () => {
  it.each<[environment: Record<string, string>, machine: Machine, words: string]>([
    [{}, machine(2), '2 workers on a machine with 16384 MB and 2 cores'],
    [{}, machine(1), '1 worker on a machine with 16384 MB and 1 core'],
    [{}, limitedMachine(2, 1000 * MB), '2 workers within 1000 MB and 2 cores'],
    [{ SWARM_MEMORY_MB: '600' }, limitedMachine(2, 1000 * MB), '2 workers within 600 MB of 1000 MB and 2 cores'],
    [{ SWARM_MEMORY_MB: '600' }, machine(2), '2 workers within 600 MB of 16384 MB and 2 cores'],
    [{}, dyno('standard-1x'), '2 workers on standard-1x (512 MB, 8 shared cores)'],
    [{ COUNT: '4' }, dyno('standard-1x'), '4 workers on standard-1x (512 MB, 8 shared cores)'],
    [{}, dyno('performance-l', 'private-l'), '8 workers on performance-l or private-l (14336 MB, 8 cores)'],
    [{}, dyno('dyno-1c-0.5gb'), '1 worker on dyno-1c-0.5gb (512 MB, 1 core)'],
    [
      { SWARM_COUNT: '2', INDEX: 'dyno', DYNO: 'worker.3' },
      dyno('standard-2x'),
      '2 workers on standard-2x (1024 MB, 8 shared cores), indexes 4 to 5',
    ],
    [{ COUNT: '1', INDEX: '7' }, machine(2), '1 worker on a machine with 16384 MB and 2 cores, index 7'],
  ])('describes %j on %o as: %s', (environment, machine_, words) => {
    expect(describeDecision(decide(environment, machine_))).toBe(`${words}, spawn mode (for a reason)`);
  });
});

describe('a warning', () => {
  it('is given for more workers than fit, with the calculation', () => {
    expect(warnings(decide({ COUNT: '8' }, dyno('standard-1x')))).toEqual([
      '8 workers may be too many, and swarm starts them all the same: 3 fit into the memory: ' +
        '0.9 × 512 MB − 64 MB for swarm, 128 MB each',
    ]);
  });

  it('is given if not even one fits', () => {
    expect(warnings(decide({ SWARM_MEMORY_MB: '100' }, machine(2)))).toEqual([
      expect.stringMatching(/^1 worker may be too many, and swarm starts it all the same: not even one fits/),
    ]);
  });

  it.each([
    ['DYNO', 'worker.1'],
    ['NODE_ENV', 'production'],
  ])('is given for SWARM_WATCH with %s=%s', (name, value) => {
    expect(warnings(decide({ SWARM_WATCH: '1' }, machine(2)))).toEqual([]);
    vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(warnings(decide({}, machine(2)))).toEqual([]);
    expect(warnings(decide({ SWARM_WATCH: 'src' }, machine(2)))).toEqual([
      `SWARM_WATCH is for development, but this looks like production (${name}=${value}): workers may load half of a deploy. ` +
        'Unset it, and run swarm restart after a deploy',
    ]);
  });

  it.each([{}, { COUNT: '3' }])('is not given if they fit: %j', (environment) => {
    expect(warnings(decide(environment, dyno('standard-1x')))).toEqual([]);
  });
});

describe('SWARM_MAXMEM_MB', () => {
  it('has an effect only with a supervisor', () => {
    expect(ineffective('maxMemory', { mode: 'spawn', reason: undefined })).toBeUndefined();
    expect(ineffective('maxMemory', { mode: 'inline', reason: undefined })).toBe('no effect in inline mode');
  });
});
