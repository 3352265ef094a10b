import { agenda } from './agenda.ts';
import { closable, promise } from './anything.ts';
import { beeQueue } from './bee-queue.ts';
import { bullQueue } from './bull.ts';
import { bullmqWorker } from './bullmq.ts';
import { graphileRunner } from './graphile-worker.ts';
import { pgBoss } from './pg-boss.ts';
import { server } from './server.ts';
import type { Service, Shape } from './service.ts';

/** The last one is that of nearly all the others. */
const SHAPES: readonly Shape[] = [
  promise,
  bullmqWorker,
  bullQueue,
  beeQueue,
  pgBoss,
  graphileRunner,
  agenda,
  server,
  closable,
];

/** The service in a value, or nothing where it has none of the shapes. */
export function asService(value: unknown): Service | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const shape of SHAPES) {
    const service = shape(value);
    if (service) return service;
  }
  return undefined;
}
