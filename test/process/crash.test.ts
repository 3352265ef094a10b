import { describe, expect, test } from 'vitest';
import { has } from '../support/needs.ts';
import { installWith, withoutAddon } from '../support/package.ts';
import { Swarm } from '../support/swarm.ts';

/** A swarm whose supervisor runs `fault` on SIGWINCH. */
async function swarmWith(fault: string, module = './own-handler.mjs'): Promise<Swarm> {
  const bin = await installWith(`process.on('SIGWINCH', () => { ${fault} });`);
  const swarm = new Swarm(['-r', module], { bin, env: { COUNT: '2' } });
  await swarm.event('worker.ready', 2);
  return swarm;
}

describe('an uncaught error in the supervisor', () => {
  test.each([
    ['thrown', "throw new Error('broken');"],
    ['in a promise', "Promise.reject(new Error('broken'));"],
    ['repeated', "setInterval(() => { throw new Error('broken'); }, 1);"],
  ])('%s: it is logged once, the workers stop gracefully, and the status is 1', async (_, fault) => {
    const swarm = await swarmWith(fault);
    swarm.signal('SIGWINCH');
    expect(await swarm.exited).toEqual({ code: 1, signal: null });
    expect(swarm.events('crash')).toMatchObject([{ level: 'error', error: 'Error: broken' }]);
    expect(swarm.errors.filter((line) => line === 'Error: broken')).toHaveLength(1);
    expect(swarm.said('finished')).toHaveLength(2);
    expect(swarm.events('worker.kill')).toEqual([]);
    expect(swarm.events('stopped')).toMatchObject([{ status: 1 }]);
  });

  test('that breaks the supervisor for good: the workers stop by themselves, and the status is 1', async () => {
    const swarm = await swarmWith("performance.now = () => { throw new Error('no time'); };");
    swarm.signal('SIGWINCH');
    process.kill(swarm.events('worker.ready')[0]?.pid as number, 'SIGKILL');
    await swarm.gone();
    expect(await swarm.exited).toEqual({ code: 1, signal: null });
    expect(swarm.events('crash')).toMatchObject([{ error: 'Error: no time' }]);
    expect(swarm.said('finished')).toHaveLength(1);
  });

  const installations: [string, (bin: string) => string | Promise<string>][] = [['as installed', (bin) => bin]];
  if (has('the addon', 'crashes after its removal')) installations.push(['without the addon', withoutAddon]);

  test.each(installations)(
    'before any worker starts, %s: the status is 1, and no process is left',
    async (_, prepare) => {
      // As soon as the last resort is installed.
      const installed = await installWith(`process.on('newListener', (name) => {
      if (name === 'uncaughtException') setImmediate(() => { throw new Error('broken'); });
    });`);
      const bin = await prepare(installed);
      const swarm = new Swarm(['-r', './idle.mjs'], { bin, env: { COUNT: '1' } });
      expect(await swarm.exited).toEqual({ code: 1, signal: null });
      expect(swarm.errors[0]).toBe('Error: broken');
      await swarm.gone();
    },
  );

  test('that cannot be logged: the workers still stop gracefully', async () => {
    const swarm = await swarmWith("throw Object.defineProperty(new Error('x'), 'stack', { get() { throw 1; } });");
    swarm.signal('SIGWINCH');
    expect(await swarm.exited).toEqual({ code: 1, signal: null });
    expect(swarm.said('finished')).toHaveLength(2);
  });

  test('during a stop: the stop continues, and the status is 1', async () => {
    const swarm = await swarmWith("throw new Error('broken');", './finishes-on-winch.mjs');
    swarm.signal('SIGTERM');
    await swarm.heard('finishing', 2);
    swarm.signal('SIGWINCH');
    await swarm.event('crash');
    for (const { pid } of swarm.events('worker.ready')) process.kill(pid as number, 'SIGWINCH');
    expect(await swarm.exited).toEqual({ code: 1, signal: null });
    expect(swarm.said('finished')).toHaveLength(2);
  });
});
