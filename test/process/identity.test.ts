import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { fixture, MODE, NODE, Swarm } from '../support/swarm.ts';

describe('a worker knows its place', () => {
  test('its index counts from INDEX, and its arguments are those of swarm and -i <index>', async () => {
    const swarm = new Swarm(['-r', './idle.mjs', '-q', 'mail', '--fast'], { env: { COUNT: '3', INDEX: '5' } });
    const loaded = await swarm.heard('loaded', 3);
    const seen = loaded.map((line) => {
      const [, index, , ppid, argv] = line.split(' ');
      return { index, ppid, argv: JSON.parse(argv ?? '') };
    });
    seen.sort((a, b) => Number(a.index) - Number(b.index));
    expect(seen).toEqual(
      ['5', '6', '7'].map((index) => ({
        index,
        ppid: String(swarm.pid),
        argv: [fixture('idle.mjs'), '-r', './idle.mjs', '-q', 'mail', '--fast', '-i', index],
      })),
    );
  });

  test('its environment and the worker API agree', async () => {
    const env = { SWARM_COUNT: '2', COUNT: '7', SWARM_INDEX: '10', SWARM_TIMEOUT: '9' };
    const swarm = new Swarm(['-r', './environment.mjs'], { env });
    const printed = (await swarm.heard('environment', 2)).sort();
    const seen = printed.map((line) => JSON.parse(line.slice(line.indexOf('{'))));
    for (const [slot, { variables, internal, worker }] of seen.entries()) {
      const index = 10 + slot;
      expect(worker).toEqual({ slot, index, count: 2, generation: 1, mode: MODE });
      expect(variables).toEqual({
        INDEX: String(index),
        SWARM_INDEX: String(index),
        SWARM_SLOT: String(slot),
        SWARM_COUNT: '2',
        SWARM_GENERATION: '1',
        SWARM_MODE: MODE,
        NODE_APP_INSTANCE: String(slot),
      });
      // Variables that the user set are there; internal variables of swarm are not.
      expect(internal.sort()).toEqual(['SWARM_TIMEOUT']);
    }
  });

  test('it loads several -r modules in order', async () => {
    const swarm = new Swarm(['-r', './first.cjs', '--require', './second.mjs'], { env: { COUNT: '1' } });
    await swarm.event('worker.ready');
    await swarm.heard('second');
    expect(swarm.lines.filter((line) => /^(first|second) /.test(line)).map((line) => line.split(' ')[0])).toEqual([
      'first',
      'second',
    ]);
  });
});

describe('a job module can be', () => {
  const kinds = ['default-function.cjs', 'default-function.js', 'default-function.mjs', 'compiled-from-esm.cjs'];

  test.each(kinds)('%s', async (name) => {
    const swarm = new Swarm(['-r', `./${name}`], { env: { COUNT: '1' } });
    expect(await swarm.heard('called')).toEqual(['called 0']);
    await swarm.event('worker.ready');
    swarm.signal('SIGTERM');
    // Its default export registered an onStop hook, which ran.
    expect(await swarm.heard('stopped')).toEqual(['stopped 0']);
    expect(await swarm.exited).toEqual({ code: 0, signal: null });
  });

  test('TypeScript if Node runs it; otherwise the error says what to do', async () => {
    const swarm = new Swarm(['-r', './default-function.ts'], { env: { COUNT: '1' } });
    const { stdout } = await execa(NODE, ['-p', 'Boolean(process.features.typescript)']);
    if (stdout === 'true') {
      expect(await swarm.heard('called')).toEqual(['called 0']);
    } else {
      expect((await swarm.event('worker.failed')).msg).toContain('does not run TypeScript: use Node 22.18');
      expect(await swarm.exited).toEqual({ code: 1, signal: null });
    }
  });
});
