import { JobsInHand } from './jobs-in-hand.ts';
import { hasMethods, type Service, serviceName } from './service.ts';

interface Job {
  id?: string;
  name: string;
}

interface Worker {
  readonly concurrency: number;
  pause(): Promise<void>;
  close(): Promise<void>;
  run(): Promise<void>;
  isRunning(): boolean;
  on(event: 'active' | 'completed' | 'failed', listener: (job?: Job) => void): unknown;
}

/**
 * BullMQ's Worker. Its Queue has a pause() too, which would stop the queue for every worker everywhere. But a Queue has
 * no run().
 */
export function bullmqWorker(value: object): Service | undefined {
  if (!hasMethods<Worker>(value, 'run', 'isRunning', 'pause', 'close', 'on')) return undefined;
  const jobs = new JobsInHand();
  value.on('active', (job) => {
    jobs.began(job?.id, job?.name);
    // A job that its own handler postpones (DelayedError) ends without an event.
    jobs.atMost(value.concurrency);
  });
  for (const end of ['completed', 'failed'] as const) value.on(end, (job) => jobs.ended(job?.id));
  return {
    name: serviceName(value),
    takesWork: true,
    quiet() {
      // Not pause(true): a worker without a job would go on waiting, and take the next one. This call ends the wait,
      // and then waits for running jobs. stop() waits for that, and reports failures.
      value.pause().catch(() => {});
    },
    // BullMQ has no time limit of its own.
    stop: () => value.close(),
    running: () => jobs.describe(),
  };
}
