import { hasMethods, NO_TIMEOUT, type Service, serviceName } from './service.ts';

interface Queue {
  /** Set by process(). */
  readonly handler?: unknown;
  readonly activeJobs: Set<unknown>;
  process(handler: unknown): unknown;
  checkHealth(): unknown;
  createJob(data: unknown): unknown;
  close(timeout: number): Promise<void>;
}

/**
 * Bee-Queue's Queue, which adds and processes jobs. It cannot be paused, only closed. But a close first takes no more
 * jobs, and lets go of its connections when the last running job has ended.
 */
export function beeQueue(value: object): Service | undefined {
  if (!hasMethods<Queue>(value, 'process', 'checkHealth', 'createJob', 'close')) return undefined;
  // Its own limit is 5 s. A job that ended after that could not be recorded, and would run again elsewhere.
  const close = () => value.close(NO_TIMEOUT);
  const processes = () => value.handler !== undefined;
  return {
    name: serviceName(value),
    get takesWork() {
      return processes();
    },
    quiet() {
      // A queue that only adds jobs does so until the stop. stop() gets the same promise, and reports its failure.
      if (processes()) close().catch(() => {});
    },
    stop: close,
    // It keeps only their promises.
    running: () => Array.from(value.activeJobs ?? [], () => 'a job'),
  };
}
