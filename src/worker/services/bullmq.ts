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
 * BullMQ's Worker. Its Queue can be paused as well, which would stop the queue for every worker everywhere; but that has
 * no run().
 */
export function bullmqWorker(value: object): Service | undefined {
  if (!hasMethods<Worker>(value, 'run', 'isRunning', 'pause', 'close', 'on')) return undefined;
  const jobs = new JobsInHand();
  value.on('active', (job) => {
    jobs.began(job?.id, job?.name);
    // A job that its own handler puts off (DelayedError) ends without an event.
    jobs.atMost(value.concurrency);
  });
  for (const end of ['completed', 'failed'] as const) value.on(end, (job) => jobs.ended(job?.id));
  return {
    name: serviceName(value),
    takesWork: true,
    quiet() {
      // Not pause(true), which leaves a worker waiting that has no job: it would take the next one. This one has it wait no
      // more, and then waits for its jobs itself; that, and what fails, is for stop().
      value.pause().catch(() => {});
    },
    // It has no time limit of its own.
    stop: () => value.close(),
    running: () => jobs.describe(),
  };
}
