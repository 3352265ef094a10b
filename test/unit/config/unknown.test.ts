import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resolveSettings } from '../../../src/config/resolve.ts';

function unknownIn(environment: Record<string, string>) {
  return resolveSettings(environment).unknown;
}

describe('an unknown variable', () => {
  it.each([
    ['SWARM_TIMOUT', 'SWARM_TIMEOUT'],
    ['SWARM_TIMEOUTS', 'SWARM_TIMEOUT'],
    ['SWARM_COUNTS', 'SWARM_COUNT'],
    ['SWARM_LOGLEVEL', 'SWARM_LOG_LEVEL'],
    ['SWARM_MAX_MEM_MB', 'SWARM_MAXMEM_MB'],
    ['SWARM_PRELAOD', 'SWARM_PRELOAD'],
    ['SWARM_mode', 'SWARM_MODE'],
    ['swarm_count', 'SWARM_COUNT'],
  ])('%s is nearest to %s', (name, nearest) => {
    expect(unknownIn({ [name]: '1' })).toEqual([{ name, nearest }]);
  });

  it('is reported even if it is empty', () => {
    expect(unknownIn({ SWARM_TIMOUT: '' })).toHaveLength(1);
  });

  it('is neither a setting nor a variable that swarm sets for its workers', () => {
    const files = ['resolve', 'settings'].map((name) => read(`src/config/${name}.ts`));
    const names = [...files, read('src/protocol/environment.ts')].join('\n').match(/\bSWARM_[A-Z_]*[A-Z]\b/g) ?? [];
    expect(names.length).toBeGreaterThan(15);
    const allowed = { SWARM_COUNT: '2', SWARM_MODE: 'spawn', SWARM_INDEX: '0' };
    const empty = Object.fromEntries(names.map((name) => [name, '']));
    expect(unknownIn({ ...empty, ...allowed })).toEqual([]);
  });

  it('begins with SWARM_', () => {
    expect(unknownIn({ DOCKER_SWARM_TOKEN: 'x', SWARM: '1' })).toEqual([]);
  });
});

function read(path: string): string {
  return readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
}
