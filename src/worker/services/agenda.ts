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

/** How often to look whether the last job has ended, milliseconds: agenda's own drain() may miss it. */
const INTERVAL = 50;

/** Agenda, from version 5 on. */
export function agenda(value: object): Service | undefined {
  if (!hasMethods<Agenda>(value, 'define', 'every', 'drain')) return undefined;
  if (hasMethods<Agenda5>(value, 'stop', 'close') && Array.isArray(value._runningJobs)) return agenda5(value);
  if (hasMethods<Agenda6>(value, 'stop') && value.backend) return agenda6(value);
  return undefined;
}

/** Its stop() unlocks all jobs it has locked, also those that run, which would then run elsewhere as well. */
function agenda5(value: Agenda5): Service {
  return {
    name: serviceName(value),
    takesWork: true,
    quiet() {
      // Takes no more jobs from this moment on. The promise is not needed, and does not settle where two jobs end at once.
      void value.drain();
    },
    async stop() {
      void value.drain();
      await untilNone(() => value._runningJobs);
      // Those that were locked, and not begun.
      await value.stop();
      await value.close();
    },
    running: () => describe(value._runningJobs),
  };
}

/** Its drain() goes on with all jobs it has locked, which may be many; its stop() gives back those it has not begun. */
function agenda6(value: Agenda6): Service {
  let processor: Agenda6['jobProcessor'];
  let paused: Promise<void> | undefined;
  const jobs = () => (processor ?? value.jobProcessor)?.runningJobs ?? [];
  const pause = () => {
    // stop() forgets it.
    processor ??= value.jobProcessor;
    // The jobs in hand need the connection.
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
