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
 * Recognizes Bee-Queue's Queue, which both adds and processes jobs. It cannot be paused, only closed. But close() takes
 * no more jobs from the start, and disconnects only when the last running job has ended.
 */
export function beeQueue(value: object): Service | undefined {
  if (!hasMethods<Queue>(value, 'process', 'checkHealth', 'createJob', 'close')) return undefined;
  // The default timeout is 5 s. A job that ends later could not be recorded as done, and would run again elsewhere.
  const close = () => value.close(NO_TIMEOUT);
  const processes = () => value.handler !== undefined;
  return {
    name: serviceName(value),
    get takesWork() {
      return processes();
    },
    quiet() {
      // A queue that only adds jobs stays open until the stop. stop() gets the same promise, and reports its failure.
      if (processes()) close().catch(() => {});
    },
    stop: close,
    // Bee-Queue keeps only the promises of active jobs.
    running: () => Array.from(value.activeJobs ?? [], () => 'a job'),
  };
}
