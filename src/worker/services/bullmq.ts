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
 * Recognizes BullMQ's Worker, which differs from its Queue by having run(). A Queue must not match: its pause() would
 * pause the queue for every worker everywhere.
 */
export function bullmqWorker(value: object): Service | undefined {
  if (!hasMethods<Worker>(value, 'run', 'isRunning', 'pause', 'close', 'on')) return undefined;
  const jobs = new JobsInHand();
  value.on('active', (job) => {
    jobs.began(job?.id, job?.name);
    // A job that its handler postpones (DelayedError) ends without an event.
    jobs.atMost(value.concurrency);
  });
  for (const end of ['completed', 'failed'] as const) value.on(end, (job) => jobs.ended(job?.id));
  return {
    name: serviceName(value),
    takesWork: true,
    quiet() {
      // Not pause(true): an idle worker would keep waiting, and take the next job. pause() ends that wait, and then
      // waits for running jobs. stop() waits for the same, and reports failures.
      value.pause().catch(() => {});
    },
    // BullMQ sets no timeout here.
    stop: () => value.close(),
    running: () => jobs.describe(),
  };
}
