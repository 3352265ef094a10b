import { hasMethods, NO_TIMEOUT, type Service, serviceName } from './service.ts';

interface StopOptions {
  graceful: boolean;
  close: boolean;
  timeout: number;
}

interface Database {
  readonly opened?: boolean;
  /** It is of pg-boss's own making, not one that the application has passed: version 10, and 11 and later. */
  readonly isOurs?: boolean;
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

/** pg-boss, from version 10 on. */
export function pgBoss(value: object): Service | undefined {
  if (!hasMethods<PgBoss>(value, 'work', 'offWork', 'fetch', 'stop', 'getDb')) return undefined;
  let finished: Promise<void> | undefined;
  // It can be told to take no more jobs of one queue, but does not say which queues it works on. So this is its stop,
  // which does that for all of them and then waits: not for 30 s, after which it would fail the jobs in hand; and with
  // its connections left open, for jobs may be sent until the stop.
  const finish = () => {
    finished ??= value.stop({ graceful: true, close: false, timeout: NO_TIMEOUT });
    return finished;
  };
  return {
    name: serviceName(value),
    takesWork: true,
    quiet() {
      // What fails is told by stop(), which gets the same promise.
      finish().catch(() => {});
    },
    async stop() {
      await finish();
      // A second stop() that closes does nothing before version 12.
      const database = value.getDb();
      if ((database.isOurs || database._pgbdb) && database.opened) await database.close();
    },
    running() {
      const busy = value.getWipData?.().filter(({ count }) => count > 0) ?? [];
      return busy.map(({ name, count }) => (count === 1 ? `a job of "${name}"` : `${count} jobs of "${name}"`));
    },
  };
}
