import { JobsInHand } from './jobs-in-hand.ts';
import { hasMethods, type Service, serviceName } from './service.ts';

interface Job {
  id: string | number;
  name: string;
}

interface Queue {
  /** By the names of the jobs; empty until process() is called. */
  readonly handlers: object;
  process(handler: unknown): unknown;
  isReady(): Promise<unknown>;
  /** The connection that waits for jobs, once it exists. */
  readonly bclientInitialized?: boolean;
  readonly bclient: { readonly blocked?: boolean; disconnect(): void };
  pause(isLocal: boolean, doNotWaitForJobs: boolean): Promise<void>;
  whenCurrentJobsFinished(): Promise<void>;
  close(): Promise<void>;
  on(event: 'active', listener: (job: Job, result: Promise<unknown>) => void): unknown;
}

/** Bull's name for a job that has none. */
const NO_NAME = '__default__';

/** Bull's Queue, up to version 4: one class adds and processes jobs. */
export function bullQueue(value: object): Service | undefined {
  if (!hasMethods<Queue>(value, 'process', 'whenCurrentJobsFinished', 'pause', 'close', 'on')) return undefined;
  const jobs = new JobsInHand();
  value.on('active', ({ id, name }, result) => {
    jobs.began(id, name === NO_NAME ? undefined : name);
    const ended = () => jobs.ended(id);
    // A failure is Bull's to handle, and must not seem unhandled here.
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
      // Locally: otherwise the queue pauses for every worker everywhere.
      const paused = value.pause(true, true);
      await value.isReady();
      // Otherwise a waiting worker waits for another half second, and takes a job that comes in that time.
      if (value.bclientInitialized && value.bclient.blocked) value.bclient.disconnect();
      await paused;
    },
    // Bull has no time limit of its own.
    stop: () => value.close(),
    running: () => jobs.describe(),
  };
}
