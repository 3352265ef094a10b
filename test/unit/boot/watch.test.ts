import { expect, test } from 'vitest';
import { watchedPlaces } from '../../../src/boot/watch.ts';

test('an application in / does not make swarm watch the whole machine', () => {
  const release = { directory: '/', modules: ['/jobs.js'] };
  expect(() => watchedPlaces(true, release)).toThrow(/^SWARM_WATCH=1 would watch all files of this machine/);
  expect(watchedPlaces(['/usr'], release)).toEqual(['/usr']);
  expect(watchedPlaces(false, release)).toEqual([]);
});
