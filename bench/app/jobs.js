// The job module: a worker of a shop, with typical packages. All contenders run it. It has no work until the bench
// gives it some, so an idle worker is one that waits for its first job.
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort } from 'node:worker_threads';
import { openLink } from './link.js';
import { perform } from './work.js';

/** Makes this process a worker. swarm calls it in each worker; for all other contenders, start.js does. */
export default function main() {
  const worker = new Worker();
  const link = openLink({
    work: (options) => worker.start(options),
    rest: () => worker.rest(),
    run: ({ jobs }) => worker.run(jobs),
    count: () => ({ jobs: worker.jobs, collections: worker.collections, at: performance.now() }),
  });
  // Like an application that loses no job, it finishes the current one. PM2 sends INT, the others send TERM.
  const stop = async () => {
    await worker.rest();
    await link.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, stop);
  // A thread gets no signals.
  parentPort?.once('message', stop);
}

class Worker {
  jobs = 0;
  collections = 0;
  #enough = false;
  #work = Promise.resolve();

  /** @param collectEvery the number of jobs between full garbage collections; 0 leaves them to V8 */
  start({ collectEvery }) {
    this.#enough = false;
    this.#work = this.#run(collectEvery, collectEvery > 0 ? exposeCollector() : undefined);
  }

  /** Does this many jobs. @returns the CPU time of each, in milliseconds */
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
      // Let the process handle signals and requests of the bench between two jobs.
      await yieldToOthers();
    }
  }
}

/** Returns V8's gc(), without a flag on the command line. */
function exposeCollector() {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}
