import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ASSIGNMENT } from './fake-link.ts';
import { loadingWorker } from './loading-worker.ts';

describe('the start of a worker', () => {
  it('loads all modules, runs onFork hooks, calls the default exports, and then is ready', async () => {
    const { api, link, run } = await loadingWorker();
    const journal: string[] = [];
    vi.stubGlobal('note', (text: string) => journal.push(`${text}, ${link.types.at(-1)}`));
    onTestFinished(() => void vi.unstubAllGlobals());
    api.onFork(async () => {
      await null;
      journal.push('onFork');
    });

    await run({
      'a.mjs': 'note("load a"); export default async () => { await null; note("start a") }',
      'b.cjs': 'note("load b"); module.exports = () => note("start b")',
    });

    expect(journal).toEqual(['load a, online', 'load b, online', 'onFork', 'start a, online', 'start b, online']);
    expect(link.types).toEqual(['online', 'ready']);
  });

  it('runs every onFork hook, even one that a default export registers', async () => {
    const { run, exportsOf } = await loadingWorker();
    await run({
      'a.mjs': 'export const calls = []; export default ({ onFork }) => onFork(() => calls.push("onFork"))',
    });

    expect(await exportsOf('a.mjs')).toHaveProperty('calls', ['onFork']);
  });
});

describe('a module being loaded', () => {
  it('sees its place in the swarm', async () => {
    const { api, directory, run, exportsOf } = await loadingWorker();
    await run({
      'a.mjs':
        'export const argv = [...process.argv]; export const env = { ...process.env }; export const title = process.title',
      'b.mjs': '',
    });

    const { argv, env, title } = await exportsOf('a.mjs');
    expect(argv).toEqual([process.execPath, join(directory, 'a.mjs'), ...ASSIGNMENT.args, '-i', '10']);
    expect(env).toMatchObject({ INDEX: '10', SWARM_INDEX: '10', SWARM_SLOT: '2', SWARM_COUNT: '4' });
    expect(env).toMatchObject({ SWARM_GENERATION: '3', SWARM_MODE: 'spawn', NODE_APP_INSTANCE: '2' });
    expect(title).toBe('swarm worker 2 (index 10)');
    expect({ ...api.worker }).toEqual({ slot: 2, index: 10, count: 4, generation: 3, mode: 'spawn' });
  });
});

describe('an application that cannot start', () => {
  const CALLING = 'calling the default export of';

  it.each<[why: string, file: string, source: string, doing: string, message: string]>([
    ['it throws', 'a.mjs', 'throw new RangeError("no queue")', 'loading', 'RangeError: no queue'],
    ['it throws', 'b.cjs', 'throw new RangeError("no queue")', 'loading', 'RangeError: no queue'],
    ['it rejects', 'c.mjs', 'await Promise.reject(new Error("no queue"))', 'loading', 'Error: no queue'],
    ['it throws something other than an error', 'd.mjs', 'throw { code: 7 }', 'loading', 'it threw { code: 7 }'],
    ['its default export throws', 'e.mjs', 'export default () => { throw new Error("no") }', CALLING, 'Error: no'],
    [
      'its default export rejects',
      'f.mjs',
      'export default async () => { throw new Error("no") }',
      CALLING,
      'Error: no',
    ],
  ])('reports why, and exits with status 1: %s (%s)', async (_why, file, source, doing, message) => {
    const { link, fake, directory, run } = await loadingWorker();
    await run({ 'fine.mjs': '', [file]: source });

    const module = join(directory, file);
    expect(link.of('failed')).toEqual([
      { type: 'failed', workerId: 17, failure: { module, while: doing, message, stack: expect.any(String) } },
    ]);
    expect(link.types).toEqual(['online', 'failed']);
    expect(fake.exit.mock.calls).toEqual([[1]]);
  });

  it('reports a stack that contains its file', async () => {
    const { link, directory, run } = await loadingWorker();
    await run({ 'a.mjs': '\nnull.x' });

    expect(link.of('failed')[0]?.failure.stack).toContain(`${pathToFileURL(join(directory, 'a.mjs')).href}:2:6`);
  });

  it('reports a missing file', async () => {
    const { link, fake, run } = await loadingWorker();
    await run({ 'gone.mjs': undefined });

    expect(link.of('failed')[0]?.failure.message).toMatch(/^Error: Cannot find module '.*gone\.mjs'/);
    expect(fake.exit.mock.calls).toEqual([[1]]);
  });
});
