import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { kill } from '../support/processes.ts';
import { Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const WAYS = [
  ['process.exit', 3],
  ['natural', 3],
  ['uncaught', 1],
] as const;

async function end(way: string, env: NodeJS.ProcessEnv = {}, flags: readonly string[] = []): Promise<Swarm> {
  const swarm = new Swarm(['-r', './exits-in-a-way.mjs'], { env: { COUNT: '1', WAY: way, ...env }, flags });
  const { pid } = await swarm.event('worker.ready');
  kill(pid as number, 'SIGWINCH');
  await swarm.event('worker.exit');
  return swarm;
}

describe.each(WAYS)('a worker that ends itself (%s)', (way, status) => {
  test('runs its exit listeners, and keeps its status', async () => {
    const swarm = await end(way);
    expect(swarm.said('exit')[0]).toBe(`exit 0 ${status}`);
    expect(swarm.events('worker.exit')[0]).toMatchObject({ status });
  });

  test('has the status that an exit listener gave it', async () => {
    const swarm = await end(way, { LISTENER_STATUS: '42' });
    expect(swarm.events('worker.exit')[0]).toMatchObject({ status: 42 });
  });

  test('writes the profiles and the coverage that Node was told to write', async () => {
    const directory = await temporaryDirectory();
    const flags = ['--cpu-prof', '--heap-prof', `--cpu-prof-dir=${directory}`, `--heap-prof-dir=${directory}`];
    const swarm = await end(way, { NODE_V8_COVERAGE: directory }, flags);
    const pid = swarm.events('worker.exit')[0]?.pid;
    const files = readdirSync(directory);
    // The supervisor still runs, so these profiles are those of the worker.
    expect(files).toContainEqual(expect.stringMatching(/^CPU\..*\.cpuprofile$/));
    expect(files).toContainEqual(expect.stringMatching(/^Heap\..*\.heapprofile$/));
    expect(files).toContainEqual(expect.stringMatching(new RegExp(`^coverage-${pid}-`)));
  });
});
