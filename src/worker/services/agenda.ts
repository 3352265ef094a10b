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

/** Version 5. */
interface Agenda5 extends Agenda {
  readonly _runningJobs: readonly Job[];
  stop(): Promise<void>;
  close(): Promise<unknown>;
}

/** Version 6. */
interface Agenda6 extends Agenda {
  /** From start() to stop(). */
  readonly jobProcessor?: { readonly runningJobs: readonly Job[] };
  readonly backend: { readonly ownsConnection?: boolean; disconnect(): Promise<void> };
  stop(closeConnection: boolean): Promise<void>;
}

/** Between two looks whether the last job has ended, milliseconds: agenda's own drain() may miss it. */
const INTERVAL = 50;

/** Agenda, from version 5 on. */
export function agenda(value: object): Service | undefined {
  if (!hasMethods<Agenda>(value, 'define', 'every', 'drain')) return undefined;
  if (hasMethods<Agenda5>(value, 'stop', 'close') && Array.isArray(value._runningJobs)) return agenda5(value);
  if (hasMethods<Agenda6>(value, 'stop') && value.backend) return agenda6(value);
  return undefined;
}

/** Its stop() unlocks all its jobs, even running ones, which would then run elsewhere as well. */
function agenda5(value: Agenda5): Service {
  return {
    name: serviceName(value),
    takesWork: true,
    quiet() {
      // Takes no more jobs from now on. Nothing waits for this promise: it does not settle if two jobs end at once.
      void value.drain();
    },
    async stop() {
      void value.drain();
      await untilNone(() => value._runningJobs);
      // Unlocks the jobs that have not begun.
      await value.stop();
      await value.close();
    },
    running: () => describe(value._runningJobs),
  };
}

/**
 * Its drain() works on all the jobs that it has locked, perhaps many. Its stop() gives back those that have not begun.
 */
function agenda6(value: Agenda6): Service {
  let processor: Agenda6['jobProcessor'];
  let paused: Promise<void> | undefined;
  const jobs = () => (processor ?? value.jobProcessor)?.runningJobs ?? [];
  const pause = () => {
    // stop() forgets its processor.
    processor ??= value.jobProcessor;
    // Running jobs need the connection.
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
