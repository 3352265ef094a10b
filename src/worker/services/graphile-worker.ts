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
  /** Settles when it has stopped. */
  readonly promise: Promise<void>;
  readonly events: Events;
}

/** The names of its handlers for TERM and other signals. With noHandleSignals it has none. */
const SIGNAL_HANDLERS = ['gracefulHandler', 'forcefulHandler'];

/**
 * graphile-worker's Runner. It cannot be paused, only stopped, but a stop first takes no more jobs. Jobs that have not
 * ended after 5 s are told by `helpers.abortSignal`. Only the application can change that time
 * (gracefulShutdownAbortTimeout). It cuts no job off.
 */
export function graphileRunner(value: object): Service | undefined {
  if (!hasMethods<Runner>(value, 'stop', 'addJob')) return undefined;
  const { promise, events } = value;
  if (!(promise instanceof Promise) || !events || !hasMethods<Events>(events, 'on')) return undefined;

  const jobs = new JobsInHand();
  events.on('job:start', ({ job }) => jobs.began(job.id, job.task_identifier));
  events.on('job:complete', ({ job }) => jobs.ended(job.id));

  // A second stop() throws. And after its own signal handler has stopped the pool of workers, stop() would not wait for
  // the jobs before it closes the connections that they need.
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
