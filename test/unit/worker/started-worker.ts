import { ASSIGNMENT, FakeLink } from './fake-link.ts';
import { fakeProcess } from './fake-process.ts';
import { freshWorker } from './fresh-worker.ts';

/** Creates a worker whose runtime has not started yet, with a journal of what happens in it. */
export async function idleWorker() {
  const fake = fakeProcess();
  const { api, registry, registerService, Runtime } = await freshWorker();
  const link = new FakeLink();
  const runtime = new Runtime(ASSIGNMENT, link, registry);
  const journal: string[] = [];

  const note = (text: string) => () => void journal.push(text);
  const act = async (what: string, until?: Promise<void>) => {
    journal.push(what);
    await until;
    if (until) journal.push(`done: ${what}`);
  };
  /** Creates a service with the shape of BullMQ's Worker that records its calls. */
  const queueWorker = (name: string, until: { pause?: Promise<void>; close?: Promise<void> } = {}) => ({
    pause: () => act(`pause ${name}`, until.pause),
    close: () => act(`close ${name}`, until.close),
    run() {},
    isRunning: () => true,
    on() {},
  });
  return { api, registry, registerService, runtime, link, fake, journal, note, queueWorker };
}

/** Creates the same worker with its signal handlers installed. */
export async function startedWorker() {
  const worker = await idleWorker();
  worker.runtime.start();
  return worker;
}
