import { expect, it } from 'vitest';
import { resolveSettings } from '../../../src/config/resolve.ts';
import { limitedMachine, sized } from '../../support/machine.ts';
import { composeFile } from '../../support/manifests.ts';

interface Service {
  environment: Record<string, string>;
  stop_grace_period: string;
  mem_limit: string;
  cpus: number;
  healthcheck: { test: string[] };
  depends_on: Record<string, { condition: string }>;
}

type Services = Record<string, Service>;

const { services, volumes } = composeFile() as { services: Services; volumes: object };
const { worker, redis } = services;
if (!worker || !redis) throw new Error('compose.yaml lacks a service');

it('gives swarm 10 s beyond the deadline of its workers', () => {
  const { unknown, settings } = resolveSettings(worker.environment);
  expect(unknown).toEqual([]);
  expect(worker.stop_grace_period).toBe(`${settings.timeout / 1000 + 10}s`);
});

it('has limits from which swarm computes 2 workers that fit', () => {
  const memory = Number(/^(\d+)g$/.exec(worker.mem_limit)?.[1]) * 1024 ** 3;
  const { count, excess } = sized(worker.environment, limitedMachine(worker.cpus, memory));
  expect({ count, excess }).toEqual({ count: 2, excess: undefined });
});

it('checks readiness with swarm, without a shell', () => {
  expect(worker.healthcheck.test).toEqual(['CMD', 'node_modules/.bin/swarm', 'status', '--ready']);
});

it('starts once its Redis is healthy, and keeps the data of Redis', () => {
  expect(worker.depends_on).toEqual({ redis: { condition: 'service_healthy' } });
  expect(redis.healthcheck.test[0]).toBe('CMD');
  expect(new URL(worker.environment['REDIS_URL'] ?? '').hostname).toBe('redis');
  expect(volumes).toEqual({ redis: null });
});
