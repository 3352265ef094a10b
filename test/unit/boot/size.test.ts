import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/config/errors.ts';
import { MB } from '../../../src/text/units.ts';
import { limitedMachine, machine, sized } from '../../support/machine.ts';

describe('a size that is not set', () => {
  it('is computed from the machine, with the reason', () => {
    const { count, index, memory, maxMemory, origins } = sized({}, machine(4));

    expect({ count, index, memory, maxMemory }).toEqual({ count: 4, index: 0, memory: 16_384 * MB, maxMemory: 0 });
    expect(origins).toEqual({
      count: '4 cores',
      index: 'the default',
      memory: '/proc/meminfo',
      maxMemory: 'off, because nothing limits the memory here',
    });
  });
});

describe('SWARM_MEMORY_MB', () => {
  const limited = limitedMachine(8, 512 * MB);

  it("defaults to the machine's memory", () => {
    const { memory, count, maxMemory, origins } = sized({}, limited);

    expect([memory, origins.memory]).toEqual([512 * MB, '/sys/fs/cgroup/memory.max']);
    expect([count, maxMemory]).toEqual([3, 264 * MB]);
    expect(origins.maxMemory).toBe('twice the fair share of 3 workers');
  });

  it.each([
    ['1024', 1024, 6],
    ['400', 400, 2],
    [' 1.5\n', 1.5, 1],
  ])('%j overrides the memory of the machine', (text, megabytes, count) => {
    for (const machine_ of [limited, machine(8)]) {
      const size = sized({ SWARM_MEMORY_MB: text }, machine_);

      expect([size.memory, size.origins.memory]).toEqual([megabytes * MB, 'SWARM_MEMORY_MB']);
      expect(size.count).toBe(count);
      expect(size.maxMemory).toBeGreaterThan(0);
    }
  });

  it('does not change a count or a limit that is set', () => {
    const given = { SWARM_MEMORY_MB: '100', COUNT: '50', SWARM_MAXMEM_MB: '0' };

    expect(sized(given, limited)).toMatchObject({ count: 50, maxMemory: 0 });
  });
});

describe('the number of workers in fork mode', () => {
  const sizedWith = (image: number | undefined) =>
    sized({ INDEX: 'dyno', DYNO: 'worker.3' }, limitedMachine(8, 512 * MB), { mode: 'fork', image });

  it('depends on the measured size of the mold, and the index with it', () => {
    expect(sizedWith(undefined)).toMatchObject({ count: 3, index: 6 });
    expect(sizedWith(10 * MB)).toMatchObject({ count: 4, index: 8 });
    expect(sizedWith(200 * MB)).toMatchObject({ count: 2, index: 4 });
  });
});

describe('inline mode', () => {
  it('has one worker, whatever COUNT says', () => {
    const { count, origins } = sized({ COUNT: '4' }, machine(4), { mode: 'inline', image: undefined });

    expect([count, origins.count]).toEqual([1, 'inline mode']);
  });
});

describe('SWARM_INSPECT', () => {
  it.each([
    ['1', '65535'],
    ['4', '65532'],
  ])('leaves a port for each of %s workers: %s', (count, port) => {
    expect(sized({ COUNT: count, SWARM_INSPECT: port }, machine(2)).count).toBe(Number(count));
  });

  it('is refused if the last worker would have no port', () => {
    const refused = () => sized({ COUNT: '4', SWARM_INSPECT: '65533' }, machine(2));

    expect(refused).toThrow(ConfigError);
    expect(refused).toThrow(
      'SWARM_INSPECT="65533" is not the first of 4 ports: give 1024 to 65532, or leave it unset.',
    );
  });
});
