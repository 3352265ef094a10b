import { hasMethods, NO_TIMEOUT, type Service, serviceName } from './service.ts';

interface StopOptions {
  graceful: boolean;
  close: boolean;
  timeout: number;
}

interface Database {
  readonly opened?: boolean;
  /** pg-boss has made it, and not the application: in version 10, and in 11 and later. */
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
  // It can stop taking jobs of one queue, but does not say which queues it works on. So this is its stop, which stops
  // all queues and then waits. Without a time limit: after 30 s it would fail running jobs. And with its connections
  // open: the application may send jobs until the stop.
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
      // Before version 12, a second stop() does not close anything.
      const database = value.getDb();
      if ((database.isOurs || database._pgbdb) && database.opened) await database.close();
    },
    running() {
      const busy = value.getWipData?.().filter(({ count }) => count > 0) ?? [];
      return busy.map(({ name, count }) => (count === 1 ? `a job of "${name}"` : `${count} jobs of "${name}"`));
    },
  };
}
