import { describe, expect, it } from 'vitest';
import { describeMissing, Releases } from '../../../src/process/release.ts';

describe('the releases', () => {
  it('keep the location of the code at the start of each generation', async () => {
    const directories = ['/app/1', '/app/2'];
    const releases = new Releases(async () => ({ directory: directories.shift() ?? '', modules: [] }));
    await releases.find(1);
    await releases.find(2);
    expect([releases.of(1).directory, releases.of(2).directory]).toEqual(['/app/1', '/app/2']);
    releases.forget(1);
    expect(() => releases.of(1)).toThrow('there is no generation 1: this is a bug in swarm');
  });
});

it('a missing release is described by a clause', () => {
  expect(describeMissing(new Error('-r ./jobs.js was not found.'))).toBe('-r ./jobs.js was not found');
});
