import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { application } from './application.ts';
import { Swarm } from './swarm.ts';

/** A release: a module, and a package that it imports. Each worker prints its versions of both. */
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

/** A prelude that prints "waits", then keeps a worker from becoming ready until the file `go` exists. */
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

/** The log messages about rolling restarts, of one level. */
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
  await swarm.until('a failed restart', () => reloads(swarm, 'error').length >= failures);
  return reloads(swarm, 'error')[failures - 1] as string;
}

/** The code of each worker of a generation, sorted by index. */
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

/** Expects each worker to exit only after its replacement is ready, and never more than one extra process. */
export function expectNobodyMissing(swarm: Swarm, count: number): void {
  const ready = new Set<number>();
  let processes = 0;
  for (const { event, level, pid = 0 } of swarm.log) {
    if (event === 'stop') return;
    if (event === 'worker.start' && level === 'info') processes += 1;
    if (event === 'worker.ready') ready.add(pid);
    if (event === 'worker.exit') {
      if (ready.has(pid)) expect(ready.size, 'the replacement is ready').toBe(count + 1);
      ready.delete(pid);
      processes -= 1;
    }
    expect(processes, 'at most one extra process').toBeLessThanOrEqual(count + 1);
  }
}

export async function stop(swarm: Swarm): Promise<void> {
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
  await swarm.gone();
}
