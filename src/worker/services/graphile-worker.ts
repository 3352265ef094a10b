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

/** The names of its handlers for TERM and other signals, unless it was started with noHandleSignals. */
const SIGNAL_HANDLERS = ['gracefulHandler', 'forcefulHandler'];

/**
 * graphile-worker's Runner. It cannot be paused, only stopped; but that begins by taking no more jobs. When jobs have not
 * ended 5 s later, those that look at `helpers.abortSignal` are told so; nobody but the application can set that time
 * (gracefulShutdownAbortTimeout). No job is cut off by it.
 */
export function graphileRunner(value: object): Service | undefined {
  if (!hasMethods<Runner>(value, 'stop', 'addJob')) return undefined;
  const { promise, events } = value;
  if (!(promise instanceof Promise) || !events || !hasMethods<Events>(events, 'on')) return undefined;

  const jobs = new JobsInHand();
  events.on('job:start', ({ job }) => jobs.began(job.id, job.task_identifier));
  events.on('job:complete', ({ job }) => jobs.ended(job.id));

  // It throws when it is stopped again. And when its own signal handler has stopped the pool of workers, stop() would
  // not wait for the jobs before it lets go of the connections, which they need to the end.
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
      // What fails is told by stop(), which gets the same promise.
      stop().catch(() => {});
    },
    stop,
    running: () => jobs.describe(),
    ownsListener: (listener) => typeof listener === 'function' && SIGNAL_HANDLERS.includes(listener.name),
  };
}
