import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, onTestFailed, onTestFinished, test, vi } from 'vitest';
import { has } from '../support/needs.ts';
import { inheritedEnvironment, PATIENCE } from '../support/processes.ts';
import { NODE } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/spool/', import.meta.url));
const BIN = fileURLToPath(new URL('../../bin/', import.meta.url));

/** The temporary directory of one test, to see what the example leaves behind. */
let temporary: string;
beforeEach(async () => {
  temporary = await temporaryDirectory();
});

describe('npm start', () => {
  const JOBS = 400;

  test('does every job once, shows every worker, and ends by itself', async () => {
    const start = new Command(NODE, ['start.js', '--keep']);

    expect(await start.exited).toEqual({ code: 0, signal: null });
    expect(start.isGone()).toBe(true);

    const spool = await findSpool(start);
    const done = results(spool, 'done').map(({ by }) => by);
    expect(done).toHaveLength(JOBS);
    for (const place of ['new', 'failed', 'busy/0', 'busy/1', 'busy/2', 'busy/3']) {
      expect(readdirSync(join(spool, place)), place).toEqual([]);
    }
    // Each process numbers its jobs. If two processes did the same job, only one result would be left, and the numbers
    // would add up to more than the results.
    const performed = new Map<number, number>();
    for (const { pid, jobs } of done) performed.set(pid, Math.max(jobs, performed.get(pid) ?? 0));
    expect([...performed.values()].reduce((sum, jobs) => sum + jobs)).toBe(JOBS);

    const jobsOf = (index: number) => done.filter((by) => by.index === index).length;
    expect(rows(start)).toEqual({ 0: jobsOf(0), 1: jobsOf(1), 2: jobsOf(2), 3: jobsOf(3), all: JOBS });
    expect(start.output).toContain('  75 % of 400 jobs\n');
  });

  test('repeats the job of a worker that is killed', async () => {
    const start = new Command(NODE, ['start.js']);
    const spool = await findSpool(start);
    const pid = await start.until(() => suspendBusyWorker(spool));
    process.kill(pid, 'SIGKILL');

    expect(await start.exited).toEqual({ code: 0, signal: null });
    expect(start.output).toContain(`pid ${pid}) was killed by SIGKILL`);
    expect(rows(start)).toMatchObject({ all: JOBS });
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('leaves nothing behind after Ctrl-C', async () => {
    const start = new Command(NODE, ['start.js']);
    const spool = await findSpool(start);
    await start.until(() => results(spool, 'done').length > 0);
    // A terminal signals the whole process group, and npm signals its child again.
    start.signalGroup('SIGINT');
    start.signal('SIGINT');

    expect(await start.exited).toEqual({ code: 130, signal: null });
    expect(start.isGone()).toBe(true);
    expect(start.output).toMatch(/^\d+ of 400 jobs were done, 0 failed, and swarm ended with status 0\.$/m);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('reports that swarm ended too early', async () => {
    const start = new Command(NODE, ['start.js']);
    const spool = await findSpool(start);
    const pid = await start.until(() => results(spool, 'done')[0]?.by.pid);
    process.kill(parentOf(pid), 'SIGTERM');

    expect(await start.exited).toEqual({ code: 1, signal: null });
    expect(start.output).toMatch(/^\d+ of 400 jobs were done, 0 failed, and swarm ended with status 0\.$/m);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('reports that a job failed', async () => {
    const start = new Command(NODE, ['start.js']);
    const spool = await findSpool(start);
    await start.until(() => existsSync(join(spool, 'new')));
    // Its name makes it the oldest job.
    writeFileSync(join(spool, 'new', '0.json'), '{"kind":"unknown"}');

    expect(await start.exited).toEqual({ code: 1, signal: null });
    expect(start.output).toContain('1 failed, and swarm ended with status 0.');
    expect(start.output).toContain('there are no jobs of kind "unknown"');
  });
});

describe.runIf(has('foreman', 'the spool under foreman'))('foreman start', () => {
  test.each([
    { how: 'TERM', stop: (foreman: Command) => foreman.signal('SIGTERM') },
    { how: 'Ctrl-C', stop: (foreman: Command) => foreman.signalGroup('SIGINT') },
  ])('runs the example until $how', async ({ stop }) => {
    const SPOOL = join(temporary, 'spool');
    const foreman = new Command('foreman', ['start'], { SPOOL, COUNT: '4' });
    const enqueue = new Command(NODE, ['enqueue.js', '60'], { SPOOL });
    expect(await enqueue.exited).toEqual({ code: 0, signal: null });
    await foreman.until(() => results(SPOOL, 'done').length === 60);
    stop(foreman);

    expect(await foreman.exited).toEqual({ code: 0, signal: null });
    expect(foreman.isGone()).toBe(true);
    expect(foreman.output).toContain('"event":"stopped","status":0');
  });
});

/** The part of a result file that the tests use. */
interface Result {
  by: { index: number; pid: number; jobs: number };
}

function results(spool: string, place: 'done' | 'failed'): Result[] {
  const directory = join(spool, place);
  if (!existsSync(directory)) return [];
  return readdirSync(directory).map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as Result);
}

/** Waits for the spool that start.js creates. */
function findSpool(start: Command): Promise<string> {
  return start.until(() => {
    const name = readdirSync(temporary).find((each) => each.startsWith('swarm-spool-'));
    return name && join(temporary, name);
  });
}

/** Suspends a worker that has a job, so that it still has the job when killed. Returns its pid, if there is one. */
function suspendBusyWorker(spool: string): number | undefined {
  for (const { by } of results(spool, 'done')) {
    process.kill(by.pid, 'SIGSTOP');
    if (readdirSync(join(spool, 'busy', String(by.index))).length > 0) return by.pid;
    process.kill(by.pid, 'SIGCONT');
  }
  return undefined;
}

function parentOf(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }));
}

/** The number of jobs of each worker, from the summary. */
function rows(start: Command): Record<string, number> {
  const lines = start.output.matchAll(/^ +(?:(\d+) +[\d-]+|(all)) +(\d+) .* MB$/gm);
  return Object.fromEntries([...lines].map(([, index, all, jobs]) => [index ?? all, Number(jobs)]));
}

/**
 * A process in the directory of the example, in one process group with all its descendants, as under a shell. The group
 * is killed when the test ends, and the output is printed if the test failed.
 */
class Command {
  output = '';
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #pid: number;
  #hasExited = false;

  constructor(file: string, args: string[], env: NodeJS.ProcessEnv = {}) {
    const PATH = [BIN, dirname(NODE), process.env['PATH']].join(delimiter);
    const child = spawn(file, args, {
      cwd: EXAMPLE,
      env: { ...inheritedEnvironment(), PATH, TMPDIR: temporary, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    child.on('error', () => {});
    if (child.pid === undefined) throw new Error(`${file} could not be started`);
    this.#pid = child.pid;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
    this.exited = once(child, 'close').then(([code, signal]) => {
      this.#hasExited = true;
      return { code, signal };
    });
    onTestFinished(() => this.#cleanUp());
    onTestFailed(() => console.error(this.output));
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.#pid, signal);
  }

  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.#pid, signal);
  }

  /** Whether the process and all its descendants have ended. */
  isGone(): boolean {
    try {
      process.kill(-this.#pid, 0);
      return false;
    } catch {
      return true;
    }
  }

  /** Polls until `find` finds something, because files send no events. Fails if this process exits first. */
  async until<Found>(find: () => Found) {
    return vi.waitUntil(
      () => {
        const found = find();
        if (!found && this.#hasExited) throw new Error('the process exited first');
        return found;
      },
      { timeout: PATIENCE, interval: 20 },
    );
  }

  async #cleanUp(): Promise<void> {
    if (!this.isGone()) this.signalGroup('SIGKILL');
    await this.exited;
  }
}
