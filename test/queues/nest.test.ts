import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { has } from '../support/needs.ts';
import { type Redis, startRedis } from '../support/redis.js';
import { NODE, Swarm } from '../support/swarm.ts';

const WORKERS = join(import.meta.dirname, 'workers');

let redis: Redis | undefined;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.stop());

test.runIf(has('Redis', 'NestJS'))(
  'workers share NestJS, and each gets its own answers from a microservice over Redis',
  async () => {
    const env = { REDIS_PORT: String(redis?.port) };
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    const service = spawn(NODE, [join(WORKERS, 'libraries/nest-server.cjs')], { env, stdio: [...stdio] });
    onTestFinished(() => void service.kill('SIGKILL'));
    await once(service.stdout, 'data');

    const swarm = new Swarm(['-r', './nest.cjs'], { cwd: WORKERS, env: { COUNT: '4', SWARM_COUNT: '4', ...env } });
    await swarm.heard('right', 4);
    expect(swarm.said('right').toSorted()).toEqual(['right 0 100', 'right 1 100', 'right 2 100', 'right 3 100']);
    expect(swarm.log.filter(({ level }) => level === 'warn')).toEqual([]);
  },
);
