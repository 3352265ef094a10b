import { afterAll, beforeAll, expect, vi } from 'vitest';
import { has } from '../support/needs.ts';
import { PATIENCE } from '../support/processes.ts';
import { type Redis, startRedis } from '../support/redis.js';
import type { Library } from './draining.ts';

/** Starts a Redis for the tests of one file. Returns the options that all Redis libraries share. */
export function withRedis(): Required<Pick<Library, 'runs' | 'servers' | 'waits'>> {
  let redis: Redis | undefined;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis?.stop());
  return {
    runs: has('Redis', 'queue libraries'),
    servers: () => ({ REDIS_URL: redis?.url }),
    // A waiting worker blocks its connection to Redis.
    async waits() {
      const blocked = async () => expect(await redis?.ask('info', 'clients')).toContain('blocked_clients:1');
      await vi.waitFor(blocked, PATIENCE);
    },
  };
}
