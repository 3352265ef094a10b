import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { moldsOf } from '../support/proc.ts';
import { kill } from '../support/processes.ts';
import {
  codeOf,
  deploy,
  deployed,
  expectNobodyMissing,
  GATE,
  pidsReady,
  release,
  reloads,
  stop,
  untilFailed,
  untilRunning,
} from '../support/releases.ts';
import { MODE, type Swarm } from '../support/swarm.ts';

const CLEAN = { code: 0, signal: null };

describe('in the middle of a rolling restart', () => {
  /** Blocks the process that loads it: in fork mode the mold, which then never becomes ready. */
  const BLOCKED = {
    'node_modules/shared/index.js':
      "require('node:fs').writeSync(1, 'blocks -\\n'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);",
  };

  /** Stages of a restart, with the number of workers started up to then. */
  const stages: [what: string, files: Record<string, string>, word: string, starts: number][] = [
    ['while the new code is loaded', BLOCKED, 'blocks', MODE === 'spawn' ? 4 : 3],
    ['while its first worker boots', release('two', GATE), 'waits', 4],
    ['while the last worker is replaced', release('two', `if (worker.index === 2) { ${GATE} }`), 'waits', 6],
  ];

  test.each(stages)('TERM stops everything, %s', async (_what, files, word) => {
    const { swarm, directory } = await deployed({ SWARM_PRELOAD: 'shared' });
    await deploy(directory, files);
    swarm.signal('SIGUSR2');
    await swarm.heard(word);
    swarm.signal('SIGTERM');
    await swarm.event('stop');
    // In spawn mode a blocked worker cannot handle TERM.
    if (word === 'blocks') for (const pid of unheard(swarm)) kill(pid, 'SIGKILL');
    expect(await swarm.exited).toEqual(CLEAN);
    await swarm.gone();
    expect(reloads(swarm, 'error')).toEqual([]);
  });

  test.each(stages)('a quiet swarm replaces no more workers, %s', async (_what, files, word, starts) => {
    const { swarm, directory } = await deployed({ SWARM_PRELOAD: 'shared' });
    await deploy(directory, files);
    swarm.signal('SIGUSR2');
    await swarm.heard(word);
    // A worker can print before the supervisor has logged its start.
    await swarm.event('worker.start', starts);
    swarm.signal('SIGUSR1');
    await swarm.event('worker.quiet', 3);
    await writeFile(join(directory, 'go'), '');
    await swarm.processesAre('no new mold', () => moldsOf(swarm).length <= 1);
    swarm.signal('SIGUSR2');
    await swarm.until('the refusal', () => reloads(swarm, 'warn').length > 0);
    expect(reloads(swarm, 'warn')[0]).toBe(
      'SIGUSR2: nothing is replaced, because swarm starts no more workers; restart swarm itself',
    );
    swarm.signal('SIGTERM');
    if (word === 'blocks') for (const pid of unheard(swarm)) kill(pid, 'SIGKILL');
    expect(await swarm.exited).toEqual(CLEAN);
    await swarm.gone();
    expect(swarm.events('worker.start')).toHaveLength(starts);
  });

  test('a dead worker is replaced from the old generation until the new one has proven that it boots', async () => {
    const { swarm, directory } = await deployed();
    const victim = swarm.events('worker.ready').find(({ worker }) => worker === 1)?.pid as number;
    // Package and module are the new ones on disk. Preloaded packages are still the old ones.
    await deploy(directory, release('two', `if (worker.generation === 2) { ${GATE} }`));
    swarm.signal('SIGUSR2');
    await swarm.heard('waits');
    kill(victim, 'SIGKILL');
    await swarm.event('worker.ready', 4);
    const shared = MODE === 'spawn' ? 'two' : 'one';
    expect(codeOf(swarm, 1)).toContain(`1 two ${shared} 1 1`);
    await writeFile(join(directory, 'go'), '');
    await untilRunning(swarm, 2);
    expect(codeOf(swarm, 2)).toEqual([0, 1, 2].map((index) => `${index} two two 2 2`));
    await stop(swarm);
  });

  test('the death of the first new worker ends the restart, and the old workers stay', async () => {
    const { swarm, directory } = await deployed();
    await deploy(directory, release('two', GATE));
    swarm.signal('SIGUSR2');
    await swarm.heard('waits');
    kill((await swarm.event('worker.start', 4)).pid as number, 'SIGKILL');
    expect(await untilFailed(swarm)).toContain('its first worker was killed by SIGKILL');
    expect(swarm.events('worker.exit')).toHaveLength(1);
    await stop(swarm);
  });

  test('a later worker that fails is retried, and the old one stays until a new one is ready', async () => {
    const { swarm, directory } = await deployed();
    await deploy(directory, release('two', "if (worker.index === 1 && !existsSync('go')) process.exit(3);"));
    swarm.signal('SIGUSR2');
    // The first retry is immediate, later ones back off.
    await swarm.until('two attempts', () => reloads(swarm, 'error').length === 2);
    expect(reloads(swarm, 'error')[1]).toMatch(
      /^worker 1 \(.*\) stays: its replacement did not become ready\. swarm tries another later$/,
    );
    await writeFile(join(directory, 'go'), '');
    await untilRunning(swarm, 2);
    expect(codeOf(swarm, 2)).toEqual([0, 1, 2].map((index) => `${index} two two 2 2`));
    await stop(swarm);
    expectNobodyMissing(swarm, 3);
  });

  test.skipIf(MODE === 'spawn')('molds that are killed are replaced', async () => {
    const { swarm, directory } = await deployed();
    await deploy(directory, release('two', GATE));
    swarm.signal('SIGUSR2');
    await swarm.heard('waits');
    for (const mold of moldsOf(swarm)) kill(mold, 'SIGKILL');
    await swarm.event('mold.exit', 2);
    await writeFile(join(directory, 'go'), '');
    await untilRunning(swarm, 2);
    expect(codeOf(swarm, 2)).toEqual([0, 1, 2].map((index) => `${index} two two 2 2`));
    await stop(swarm);
    expectNobodyMissing(swarm, 3);
  });
});

/** The pids of workers that were started but are not ready. */
function unheard(swarm: Swarm): number[] {
  const ready = pidsReady(swarm);
  const pids = swarm.events('worker.start').map(({ pid }) => pid as number);
  return pids.filter((pid) => !ready.includes(pid));
}
