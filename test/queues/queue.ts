import { execFile, execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inheritedEnvironment } from '../support/processes.ts';
import { NODE, Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const WORKERS = join(import.meta.dirname, 'workers');

let counter = 0;

/** A queue of a test's own, its jobs numbered from 1. Workers say "begin <index> <job>" and "done <index> <job>". */
export class Queue {
  readonly #module: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #released: string;

  private constructor(module: string, env: NodeJS.ProcessEnv, released: string) {
    this.#module = module;
    this.#env = env;
    this.#released = released;
  }

  /**
   * @param module of workers/: what works on it, and adds jobs to it
   * @param servers where the libraries find them
   */
  static async create(module: string, servers: NodeJS.ProcessEnv): Promise<Queue> {
    counter += 1;
    const released = await temporaryDirectory();
    return new Queue(module, { ...servers, QUEUE: `queue${process.pid}_${counter}`, RELEASED: released }, released);
  }

  async add(...jobs: number[]): Promise<void> {
    await this.run('add.mjs', `./${this.#module}`, ...jobs.map(String));
  }

  /** Runs a script of workers/ that finds the same queue. @returns what it prints */
  async run(script: string, ...args: string[]): Promise<string> {
    const env = { ...inheritedEnvironment(), ...this.#env };
    const { stdout } = await promisify(execFile)(NODE, [join(WORKERS, script), ...args], { env });
    return stdout;
  }

  /** Lets these jobs end, once they have begun. */
  async release(...jobs: number[]): Promise<void> {
    for (const job of jobs) await writeFile(join(this.#released, String(job)), '');
  }

  /** A swarm that works on it. */
  work(env: NodeJS.ProcessEnv): Swarm {
    const log = { SWARM_LOG_LEVEL: 'debug' };
    return new Swarm(['-r', `./${this.#module}`], { cwd: WORKERS, env: { ...this.#env, ...log, ...env } });
  }
}

/** Jobs that a worker, or any, has begun or done: their numbers. */
export function jobs(swarm: Swarm, word: 'begin' | 'done', index?: number): number[] {
  const lines = swarm.said(word).map((line) => line.split(' ').slice(1).map(Number) as [number, number]);
  return lines.filter(([by]) => index === undefined || by === index).map(([, job]) => job);
}

const [major = 0, minor = 0] = execFileSync(NODE, ['--print', 'process.versions.node'], { encoding: 'utf8' })
  .split('.')
  .map(Number);

/** Whether the Node under test is at least this one, which a library asks for. */
export function isNode(wantedMajor: number, wantedMinor = 0): boolean {
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
