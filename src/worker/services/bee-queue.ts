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
 * Bee-Queue's Queue, for those who add jobs and for those who process them. It cannot be paused, only closed; but that
 * begins by taking no more jobs, and connections are let go when the last job in hand has ended.
 */
export function beeQueue(value: object): Service | undefined {
  if (!hasMethods<Queue>(value, 'process', 'checkHealth', 'createJob', 'close')) return undefined;
  // After its own time limit, 5 s, a job that then ends could not be recorded, and would be done again elsewhere.
  const close = () => value.close(NO_TIMEOUT);
  const processes = () => value.handler !== undefined;
  return {
    name: serviceName(value),
    get takesWork() {
      return processes();
    },
    quiet() {
      // Who adds jobs does so until the stop. What fails is told by stop(), which gets the same promise.
      if (processes()) close().catch(() => {});
    },
    stop: close,
    // Their promises are all that it keeps.
    running: () => Array.from(value.activeJobs ?? [], () => 'a job'),
  };
}
