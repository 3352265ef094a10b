import { setTimeout as sleep } from 'node:timers/promises';
import { describeJob } from './jobs-in-hand.ts';
import { hasMethods, type Service, serviceName } from './service.ts';

interface Job {
  attrs: { _id?: unknown; name: string };
}

interface Agenda {
  define(name: string): unknown;
  every(interval: string): unknown;
  drain(): Promise<unknown>;
}

/** Agenda 5. */
interface Agenda5 extends Agenda {
  readonly _runningJobs: readonly Job[];
  stop(): Promise<void>;
  close(): Promise<unknown>;
}

/** Agenda 6. */
interface Agenda6 extends Agenda {
  /** Exists from start() to stop(). */
  readonly jobProcessor?: { readonly runningJobs: readonly Job[] };
  readonly backend: { readonly ownsConnection?: boolean; disconnect(): Promise<void> };
  stop(closeConnection: boolean): Promise<void>;
}

/** Interval in milliseconds at which swarm checks whether the last job has ended: Agenda's own drain() can miss it. */
const INTERVAL = 50;

/** Recognizes Agenda 5 and later. */
export function agenda(value: object): Service | undefined {
  if (!hasMethods<Agenda>(value, 'define', 'every', 'drain')) return undefined;
  if (hasMethods<Agenda5>(value, 'stop', 'close') && Array.isArray(value._runningJobs)) return agenda5(value);
  if (hasMethods<Agenda6>(value, 'stop') && value.backend) return agenda6(value);
  return undefined;
}

/** stop() in Agenda 5 unlocks every job, even running ones, so another worker would run them a second time. */
function agenda5(value: Agenda5): Service {
  return {
    name: serviceName(value),
    takesWork: true,
    quiet() {
      // drain() stops taking jobs immediately. Its promise is ignored: it never settles if two jobs end simultaneously.
      void value.drain();
    },
    async stop() {
      void value.drain();
      await untilNone(() => value._runningJobs);
      // Unlocks the jobs that have not started.
      await value.stop();
      await value.close();
    },
    running: () => describe(value._runningJobs),
  };
}

/** In Agenda 6, drain() runs all locked jobs, perhaps many. stop() releases those that have not started. */
function agenda6(value: Agenda6): Service {
  let processor: Agenda6['jobProcessor'];
  let paused: Promise<void> | undefined;
  const jobs = () => (processor ?? value.jobProcessor)?.runningJobs ?? [];
  const pause = () => {
    // stop() clears this property.
    processor ??= value.jobProcessor;
    // Keeps the connection open: running jobs need it.
    paused ??= value.stop(false);
    return paused;
  };
  return {
    name: serviceName(value),
    takesWork: true,
    quiet: pause,
    async stop() {
      await pause();
      await untilNone(jobs);
      if (value.backend.ownsConnection ?? true) await value.backend.disconnect();
    },
    running: () => describe(jobs()),
  };
}

async function untilNone(jobs: () => readonly Job[]): Promise<void> {
  while (jobs().length > 0) await sleep(INTERVAL);
}

function describe(jobs: readonly Job[]): string[] {
  return jobs.map(({ attrs }) => describeJob(attrs._id, attrs.name));
}
