import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { has } from '../support/needs.ts';
import { type Postgres, startPostgres } from '../support/postgres.js';
import { inheritedEnvironment, kill, PATIENCE } from '../support/processes.ts';
import { type Redis, startRedis } from '../support/redis.js';
import { NODE, Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import manifest from './package.json' with { type: 'json' };
import { isNode } from './queue.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CLEAN = { code: 0, signal: null };

/** An example, copied and installed as by a user, with the library versions of these tests. */
class Example {
  readonly #directory: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #args: string[];

  private constructor(directory: string, env: NodeJS.ProcessEnv, args: string[]) {
    this.#directory = directory;
    this.#env = env;
    this.#args = args;
  }

  static async copy(name: string, env: NodeJS.ProcessEnv): Promise<Example> {
    const directory = await temporaryDirectory();
    await cp(join(ROOT, 'examples', name), directory, {
      recursive: true,
      filter: (path) => !path.endsWith('node_modules'),
    });
    const { dependencies } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));
    const tested = Object.entries(manifest.devDependencies).map(([dependency, version]) => [dependency, `^${version}`]);
    expect({ ...Object.fromEntries(tested), 'dyno-swarm': 'file:../..' }).toMatchObject(dependencies);
    for (const dependency of Object.keys(dependencies)) {
      const link = join(directory, 'node_modules', dependency);
      await mkdir(dirname(link), { recursive: true });
      await symlink(dependency === 'dyno-swarm' ? ROOT : join(import.meta.dirname, 'node_modules', dependency), link);
    }
    const procfile = await readFile(join(directory, 'Procfile'), 'utf8');
    const [, args = ''] = /^worker: swarm (.*)\n$/.exec(procfile) ?? [];
    return new Example(directory, env, args.split(' '));
  }

  async enqueue(count: number): Promise<void> {
    const options = { cwd: this.#directory, env: { ...inheritedEnvironment(), ...this.#env } };
    await promisify(execFile)(NODE, ['enqueue.js', String(count)], options);
  }

  /** Starts the worker of its Procfile. */
  start(env: NodeJS.ProcessEnv): Swarm {
    return new Swarm(this.#args, { cwd: this.#directory, env: { ...this.#env, SWARM_LOG_FORMAT: 'json', ...env } });
  }
}

/** The lines that a worker printed: "worker <index>: …". */
function said(swarm: Swarm, index: number, what: RegExp): string[] {
  const prefix = `worker ${index}: `;
  return swarm.lines.filter((line) => line.startsWith(prefix) && what.test(line));
}

async function until(swarm: Swarm, index: number, what: RegExp, count = 1): Promise<void> {
  await swarm.until(`${count} × ${what} of ${index}`, () => said(swarm, index, what).length >= count);
}

let redis: Redis | undefined;
let postgres: Postgres | undefined;
const redisRuns = has('Redis', 'the examples');
const postgresRuns = has('PostgreSQL', 'the examples');
beforeAll(async () => {
  [redis, postgres] = await Promise.all([
    redisRuns ? startRedis() : undefined,
    postgresRuns ? startPostgres() : undefined,
  ]);
});
afterAll(() => Promise.all([redis?.stop(), postgres?.stop()]));

describe.each([
  { name: 'bullmq', runs: redisRuns },
  { name: 'pg-boss', runs: postgresRuns && isNode(22, 12) },
  { name: 'graphile-worker', runs: postgresRuns && isNode(22, 18) },
])('$name', ({ name, runs }) => {
  test.runIf(runs)('each worker does jobs, and a stop lets current jobs finish', async () => {
    const example = await Example.copy(name, { REDIS_URL: redis?.url, DATABASE_URL: postgres?.url });
    const swarm = example.start({ COUNT: '2' });
    await swarm.event('worker.ready', 2);
    await example.enqueue(40);
    for (const index of [0, 1]) await until(swarm, index, /mail to customer\d+@example.com delivered$/);

    swarm.signal('SIGTERM');

    expect(await swarm.exited).toEqual(CLEAN);
    expect(swarm.events('worker.exit')).toMatchObject([{ status: 0 }, { status: 0 }]);
    expect(swarm.errors).toEqual([]);
  });
});

describe.runIf(postgresRuns)('shards', () => {
  let example: Example;
  /** Copies the example, and gives it an empty table. */
  async function copy(): Promise<void> {
    await postgres?.query('drop table if exists events');
    await postgres?.query(await readFile(join(ROOT, 'examples/shards/schema.sql'), 'utf8'));
    example = await Example.copy('shards', { DATABASE_URL: postgres?.url });
  }

  /** Starts the n-th dyno of two, with two workers each. */
  function startDyno(n: number): Swarm {
    return example.start({ DYNO: `worker.${n}`, INDEX: 'dyno', COUNT: '2', SHARDS: '4' });
  }

  async function stop(swarm: Swarm): Promise<void> {
    swarm.signal('SIGTERM');
    expect(await swarm.exited).toEqual(CLEAN);
    expect(swarm.errors).toEqual([]);
  }

  test('each worker on two dynos has its own shard, and only index 0 has the schedule', async () => {
    await copy();
    const second = startDyno(2);
    await example.enqueue(8);
    await handled(second, [2, 3], 'order');
    expect(await postgres?.query("select 1 from events where what = 'statement'")).toEqual([]);

    const first = startDyno(1);

    await handled(first, [0, 1], 'order');
    await handled(first, [0, 1], 'statement');
    await handled(second, [2, 3], 'statement');
    for (const dyno of [first, second]) await stop(dyno);
    const scheduling = [first, second].flatMap(({ lines }) => lines.filter((line) => / scheduled /.test(line)));
    expect(new Set(scheduling)).toEqual(new Set(['worker 0: scheduled 8 statements']));
  });

  /** Waits until each of these workers has handled such an event for each customer in its shard. */
  async function handled(swarm: Swarm, workers: number[], what: string): Promise<void> {
    for (const index of workers) {
      for (const customer of [index, index + 4]) {
        await until(swarm, index, new RegExp(`: ${what}.* of customer ${customer}$`));
      }
    }
  }

  test('the replacement of a killed worker takes over its shard and its schedule', async () => {
    await copy();
    const swarm = example.start({ COUNT: '2' });
    for (const index of [0, 1]) await until(swarm, index, /has shard/);

    for (const { pid } of swarm.events('worker.start')) kill(pid as number, 'SIGKILL');

    for (const index of [0, 1]) await until(swarm, index, /has shard/, 2);
    const scheduled = said(swarm, 0, /scheduled/).length;
    await until(swarm, 0, /scheduled/, scheduled + 1);
    await example.enqueue(16);
    for (const index of [0, 1]) await until(swarm, index, /: order/, 8);
    await stop(swarm);
    const orders = said(swarm, 1, /: order \d+ of customer 1$/).map((line) => Number(/order (\d+)/.exec(line)?.[1]));
    expect(orders).toEqual([1, 9]);
  });

  test('a worker that is ready before its predecessor exits waits for the shard', async () => {
    await copy();
    const predecessor = example.start({ COUNT: '1' });
    await until(predecessor, 0, /has shard/);
    const successor = example.start({ COUNT: '1' });
    await successor.event('worker.ready');
    await vi.waitFor(async () => {
      const waiting =
        "select 1 from pg_stat_activity where query like 'select pg_try_advisory_lock%' and state = 'idle'";
      expect(await postgres?.query(waiting)).toHaveLength(1);
    }, PATIENCE);
    expect(said(successor, 0, /has shard|scheduled/)).toEqual([]);

    await stop(predecessor);

    await until(successor, 0, /has shard/);
    await stop(successor);
  });
});
