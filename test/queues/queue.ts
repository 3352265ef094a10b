import { execFile, execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inheritedEnvironment } from '../support/processes.ts';
import { NODE, Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const WORKERS = join(import.meta.dirname, 'workers');

let counter = 0;

/** The queue of one test. Jobs are numbered from 1. Workers print "begin <index> <job>" and "done <index> <job>". */
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
   * @param module a file of workers/ that does the jobs, and can add some
   * @param servers environment variables that locate the servers
   */
  static async create(module: string, servers: NodeJS.ProcessEnv): Promise<Queue> {
    counter += 1;
    const released = await temporaryDirectory();
    return new Queue(module, { ...servers, QUEUE: `queue${process.pid}_${counter}`, RELEASED: released }, released);
  }

  async add(...jobs: number[]): Promise<void> {
    await this.run('add.mjs', `./${this.#module}`, ...jobs.map(String));
  }

  /** Runs a script of workers/ on this queue. @returns its stdout */
  async run(script: string, ...args: string[]): Promise<string> {
    const env = { ...inheritedEnvironment(), ...this.#env };
    const { stdout } = await promisify(execFile)(NODE, [join(WORKERS, script), ...args], { env });
    return stdout;
  }

  /** Lets these jobs end, once they have begun. */
  async release(...jobs: number[]): Promise<void> {
    for (const job of jobs) await writeFile(join(this.#released, String(job)), '');
  }

  /** Starts a swarm that does the jobs. */
  work(env: NodeJS.ProcessEnv): Swarm {
    const log = { SWARM_LOG_LEVEL: 'debug' };
    return new Swarm(['-r', `./${this.#module}`], { cwd: WORKERS, env: { ...this.#env, ...log, ...env } });
  }
}

/** The numbers of the jobs that one worker, or all workers, have begun or done. */
export function jobs(swarm: Swarm, word: 'begin' | 'done', index?: number): number[] {
  const lines = swarm.said(word).map((line) => line.split(' ').slice(1).map(Number) as [number, number]);
  return lines.filter(([by]) => index === undefined || by === index).map(([, job]) => job);
}

const [major = 0, minor = 0] = execFileSync(NODE, ['--print', 'process.versions.node'], { encoding: 'utf8' })
  .split('.')
  .map(Number);

/** Whether the Node under test has at least this version, which a library needs. */
export function isNode(wantedMajor: number, wantedMinor = 0): boolean {
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
