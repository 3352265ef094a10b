import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { application } from '../support/application.ts';
import { programs } from '../support/examples.ts';
import { fixture, Swarm } from '../support/swarm.ts';
import { freePort } from '../support/web.ts';

/** Programs that import only Node and swarm, and are not the configuration of another tool. */
const runnable = programs.filter(({ code }) => {
  const imported = [...code.matchAll(/\bfrom '([^']+)'|\bimport\('([^']+)'\)/g)].map(
    ([, from, lazily]) => from ?? lazily,
  );
  return !/^module\.exports/m.test(code) && imported.every((name) => /^(node:|dyno-swarm$)/.test(name ?? ''));
});

test('the documents contain programs that run without a library', () => {
  expect(runnable.length).toBeGreaterThan(2);
});

test.each(runnable)('$place runs as printed', async ({ code }) => {
  const cwd = await application({ 'package.json': { type: 'module' }, 'jobs.js': code, 'node_modules/.keep': '' });
  symlinkSync(fileURLToPath(new URL('../..', import.meta.url)), join(cwd, 'node_modules/dyno-swarm'));
  const env = { COUNT: '1', PORT: String(await freePort()), SWARM_PRELOAD_APP: '1' };
  // The second module keeps a worker alive whose example has nothing to wait for.
  const swarm = new Swarm(['-r', './jobs.js', '-r', fixture('idle.mjs')], { cwd, env });
  await swarm.event('worker.ready');
  expect(swarm.events('worker.failed')).toEqual([]);
  if (/warmUp/i.test(code)) expect(swarm.events('boot')[0]?.msg).toContain('warmed up');
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
});
