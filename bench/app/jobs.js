// The job module: a worker of a shop, with the packages such a worker has. All contenders run it. It has no work until the
// bench gives it some: what is measured as idle is a worker that waits for its first job.
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort } from 'node:worker_threads';
import { openLink } from './link.js';
import { perform } from './work.js';

/** Makes this process a worker: what swarm calls in each of them, and start.js for all others. */
export default function main() {
  const worker = new Worker();
  const link = openLink({
    work: (options) => worker.start(options),
    rest: () => worker.rest(),
    run: ({ jobs }) => worker.run(jobs),
    count: () => ({ jobs: worker.jobs, collections: worker.collections, at: performance.now() }),
  });
  // Like an application that loses no job: it finishes the current one. PM2 sends INT where the others send TERM.
  const stop = async () => {
    await worker.rest();
    await link.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, stop);
  // A thread hears no signals.
  parentPort?.once('message', stop);
}

class Worker {
  jobs = 0;
  collections = 0;
  #enough = false;
  #work = Promise.resolve();

  /** @param collectEvery a full garbage collection after this many jobs; 0: leave that to V8 */
  start({ collectEvery }) {
    this.#enough = false;
    this.#work = this.#run(collectEvery, collectEvery > 0 ? exposeCollector() : undefined);
  }

  /** @returns the processor time of each of this many jobs, milliseconds */
  async run(jobs) {
    const cpu = [];
    for (const last = this.jobs + jobs; this.jobs < last; this.jobs += 1) {
      const before = process.cpuUsage();
      await perform(this.jobs);
      const { user, system } = process.cpuUsage(before);
      cpu.push((user + system) / 1000);
    }
    return { cpu };
  }

  async rest() {
    this.#enough = true;
    await this.#work;
  }

  async #run(collectEvery, collect) {
    while (!this.#enough) {
      await perform(this.jobs);
      this.jobs += 1;
      if (collect && this.jobs % collectEvery === 0) {
        collect();
        this.collections += 1;
      }
      // Signals and the bench are heard between two jobs.
      await yieldToOthers();
    }
  }
}

/** A full collection on demand, without a flag on anybody's command line. */
function exposeCollector() {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}
