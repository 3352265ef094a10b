import { JobsInHand } from './jobs-in-hand.ts';
import { hasMethods, type Service, serviceName } from './service.ts';

interface Job {
  id: string | number;
  name: string;
}

interface Queue {
  /** Handlers by job name; empty until process() is called. */
  readonly handlers: object;
  process(handler: unknown): unknown;
  isReady(): Promise<unknown>;
  /** Whether bclient, the connection that waits for jobs, exists. */
  readonly bclientInitialized?: boolean;
  readonly bclient: { readonly blocked?: boolean; disconnect(): void };
  pause(isLocal: boolean, doNotWaitForJobs: boolean): Promise<void>;
  whenCurrentJobsFinished(): Promise<void>;
  close(): Promise<void>;
  on(event: 'active', listener: (job: Job, result: Promise<unknown>) => void): unknown;
}

/** The name that Bull gives to unnamed jobs. */
const NO_NAME = '__default__';

/** Recognizes Bull's Queue, up to version 4. One class both adds and processes jobs. */
export function bullQueue(value: object): Service | undefined {
  if (!hasMethods<Queue>(value, 'process', 'whenCurrentJobsFinished', 'pause', 'close', 'on')) return undefined;
  const jobs = new JobsInHand();
  value.on('active', ({ id, name }, result) => {
    jobs.began(id, name === NO_NAME ? undefined : name);
    const ended = () => jobs.ended(id);
    // Bull handles failures. Here they must not become unhandled rejections.
    result.then(ended, ended);
  });
  const processes = () => Object.keys(value.handlers).length > 0;
  return {
    name: serviceName(value),
    get takesWork() {
      return processes();
    },
    async quiet() {
      if (!processes()) return;
      // true pauses only this process. Otherwise the queue would pause for every worker everywhere.
      const paused = value.pause(true, true);
      await value.isReady();
      // Otherwise an idle worker would wait for another half second, and take a job that arrives in that time.
      if (value.bclientInitialized && value.bclient.blocked) value.bclient.disconnect();
      await paused;
    },
    // Bull sets no timeout here.
    stop: () => value.close(),
    running: () => jobs.describe(),
  };
}
