import { hasMethods, NO_TIMEOUT, type Service, serviceName } from './service.ts';

interface StopOptions {
  graceful: boolean;
  close: boolean;
  timeout: number;
}

interface Database {
  readonly opened?: boolean;
  /** Whether pg-boss created it, rather than the application. In version 10. */
  readonly isOurs?: boolean;
  /** The same, from version 11 on. */
  readonly _pgbdb?: boolean;
  close(): Promise<void>;
}

interface PgBoss {
  stop(options: StopOptions): Promise<void>;
  work(...args: unknown[]): unknown;
  offWork(queue: string): unknown;
  fetch(queue: string): unknown;
  getDb(): Database;
  /** From version 12 on. */
  getWipData?(): { name: string; count: number }[];
}

/** Recognizes pg-boss 10 and later. */
export function pgBoss(value: object): Service | undefined {
  if (!hasMethods<PgBoss>(value, 'work', 'offWork', 'fetch', 'stop', 'getDb')) return undefined;
  let finished: Promise<void> | undefined;
  // pg-boss can stop working on one queue, but does not say which queues it works on. So quiet calls its stop(), which
  // stops all queues and then waits. It gets no time limit, because after the default of 30 s it fails running jobs. It
  // keeps its connections, because the application can send jobs until the stop.
  const finish = () => {
    finished ??= value.stop({ graceful: true, close: false, timeout: NO_TIMEOUT });
    return finished;
  };
  return {
    name: serviceName(value),
    takesWork: true,
    quiet() {
      // stop() gets the same promise, and reports its failure.
      finish().catch(() => {});
    },
    async stop() {
      await finish();
      // Before version 12, a second stop() closes nothing.
      const database = value.getDb();
      if ((database.isOurs || database._pgbdb) && database.opened) await database.close();
    },
    running() {
      const busy = value.getWipData?.().filter(({ count }) => count > 0) ?? [];
      return busy.map(({ name, count }) => (count === 1 ? `a job of "${name}"` : `${count} jobs of "${name}"`));
    },
  };
}
