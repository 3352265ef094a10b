import { agenda } from './agenda.ts';
import { closable, promise } from './anything.ts';
import { beeQueue } from './bee-queue.ts';
import { bullQueue } from './bull.ts';
import { bullmqWorker } from './bullmq.ts';
import { graphileRunner } from './graphile-worker.ts';
import { httpServer } from './http-server.ts';
import { http2Server } from './http2-server.ts';
import { netServer } from './net-server.ts';
import { pgBoss } from './pg-boss.ts';
import type { Service, Shape } from './service.ts';

/** The order matters: netServer matches every server, and closable matches nearly everything. */
const SHAPES: readonly Shape[] = [
  promise,
  bullmqWorker,
  bullQueue,
  beeQueue,
  pgBoss,
  graphileRunner,
  agenda,
  http2Server,
  httpServer,
  netServer,
  closable,
];

/** Returns the service of a value, or undefined if it has none of the shapes. */
export function asService(value: unknown): Service | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const shape of SHAPES) {
    const service = shape(value);
    if (service) return service;
  }
  return undefined;
}
