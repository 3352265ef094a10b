import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { application } from './application.ts';
import { Swarm } from './swarm.ts';

/** A release: a module, and a package that it imports. Each worker says which of both it runs. */
export function release(version: string, prelude = '') {
  return {
    'jobs.mjs': `
      import { existsSync, writeSync } from 'node:fs';
      import { setTimeout as sleep } from 'node:timers/promises';
      import shared from 'shared';
      export default async function ({ worker, stopSignal }) {
        ${prelude}
        const work = setInterval(() => {}, 60_000);
        stopSignal.addEventListener('abort', () => clearInterval(work));
        const variable = process.env.SWARM_GENERATION;
        writeSync(1, \`runs \${worker.index} ${version} \${shared} \${worker.generation} \${variable} \${process.cwd()}\\n\`);
      }`,
    'node_modules/shared/index.js': `module.exports = '${version}';`,
  };
}

/** Its workers become ready when there is a file `go`. Until then they say that they wait. */
export const GATE = `writeSync(1, 'waits ' + worker.index + '\\n'); while (!existsSync('go')) await sleep(10);`;

export async function deploy(directory: string, files: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) await writeFile(join(directory, path), content);
}

export async function deployed(env: NodeJS.ProcessEnv = {}, count = 3): Promise<{ swarm: Swarm; directory: string }> {
  const directory = await application(release('one'));
  const swarm = new Swarm(['-r', './jobs.mjs'], { cwd: directory, env: { COUNT: String(count), ...env } });
  await swarm.event('worker.ready', count);
  return { swarm, directory };
}

/** What the log says of reloads, by level. */
export function reloads(swarm: Swarm, level: string): string[] {
  return swarm
    .events('reload')
    .filter((line) => line.level === level)
    .map(({ msg }) => msg);
}

export async function untilRunning(swarm: Swarm, generation: number): Promise<void> {
  const done = new RegExp(`^generation ${generation} is running: `);
  await swarm.until(`generation ${generation}`, () => reloads(swarm, 'info').some((msg) => done.test(msg)));
}

export async function untilFailed(swarm: Swarm, failures = 1): Promise<string> {
  await swarm.until('a reload that failed', () => reloads(swarm, 'error').length >= failures);
  return reloads(swarm, 'error')[failures - 1] as string;
}

/** What the workers of a generation run, one a worker, by index. */
export function codeOf(swarm: Swarm, generation: number): string[] {
  const runs = swarm.said('runs').map((line) => line.split(' '));
  return runs
    .filter(([, , , , known]) => known === String(generation))
    .map((words) => words.slice(1, 6).join(' '))
    .sort();
}

export function pidsReady(swarm: Swarm): (number | undefined)[] {
  return swarm.events('worker.ready').map(({ pid }) => pid);
}

/** Each stopped worker had a successor that was ready, and there was never more than one process too many. */
export function expectNobodyMissing(swarm: Swarm, count: number): void {
  const ready = new Set<number>();
  let processes = 0;
  for (const { event, level, pid = 0 } of swarm.log) {
    if (event === 'stop') return;
    if (event === 'worker.start' && level === 'info') processes += 1;
    if (event === 'worker.ready') ready.add(pid);
    if (event === 'worker.exit') {
      if (ready.has(pid)) expect(ready.size, 'the next one is ready').toBe(count + 1);
      ready.delete(pid);
      processes -= 1;
    }
    expect(processes, 'one process too many').toBeLessThanOrEqual(count + 1);
  }
}

export async function stop(swarm: Swarm): Promise<void> {
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
  await swarm.gone();
}
