import { JobsInHand } from './jobs-in-hand.ts';
import { hasMethods, type Service } from './service.ts';

interface Job {
  id: string;
  task_identifier: string;
}

interface Events {
  on(event: 'stop' | 'gracefulShutdown' | 'forcefulShutdown', listener: () => void): unknown;
  on(event: 'job:start' | 'job:complete', listener: (about: { job: Job }) => void): unknown;
}

interface Runner {
  stop(): Promise<void>;
  addJob(...args: unknown[]): unknown;
  /** Settles when the runner has stopped. */
  readonly promise: Promise<void>;
  readonly events: Events;
}

/** Names of graphile-worker's handlers for TERM and other signals. With noHandleSignals there are none. */
const SIGNAL_HANDLERS = ['gracefulHandler', 'forcefulHandler'];

/**
 * Recognizes graphile-worker's Runner. It cannot be paused, only stopped, but stop() takes no more jobs from the start.
 * After 5 s it aborts `helpers.abortSignal`, which tells the remaining jobs to finish; it cuts no job off. Only the
 * application can change that time (gracefulShutdownAbortTimeout).
 */
export function graphileRunner(value: object): Service | undefined {
  if (!hasMethods<Runner>(value, 'stop', 'addJob')) return undefined;
  const { promise, events } = value;
  if (!(promise instanceof Promise) || !events || !hasMethods<Events>(events, 'on')) return undefined;

  const jobs = new JobsInHand();
  events.on('job:start', ({ job }) => jobs.began(job.id, job.task_identifier));
  events.on('job:complete', ({ job }) => jobs.ended(job.id));

  // A second stop() throws. And once graphile-worker's signal handler has stopped the worker pool, stop() would close
  // the connections without waiting for the jobs that need them.
  let stopping: Promise<void> | undefined;
  for (const event of ['stop', 'gracefulShutdown', 'forcefulShutdown'] as const) {
    events.on(event, () => {
      stopping ??= promise;
    });
  }
  const stop = () => {
    stopping ??= value.stop();
    return stopping;
  };
  return {
    name: 'graphile-worker',
    takesWork: true,
    quiet() {
      // stop() gets the same promise, and reports its failure.
      stop().catch(() => {});
    },
    stop,
    running: () => jobs.describe(),
    ownsListener: (listener) => typeof listener === 'function' && SIGNAL_HANDLERS.includes(listener.name),
  };
}
