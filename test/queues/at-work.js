import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { randomFrom } from '../fidelity/soak/random.js';
import { freePort } from '../support/free-port.js';
import { loadQueue } from './chaos/queues/index.js';
import { Scene } from './chaos/scene.js';
import { WebLoad } from './web-load.js';

const WEB = fileURLToPath(new URL('../fixtures/web.mjs', import.meta.url));
/** The number of log lines to print after a failure. */
const SHOWN = 20;

/** A swarm with BullMQ and a web server, under a constant load of jobs and requests. */
export class AtWork {
  /** A description of each failure. */
  failures = [];
  #rate;
  #begun = 0;

  /**
   * Boots the swarm, runs `work` on it, and stops it when all jobs are done. Reports, and sets the exit status.
   *
   * @param {{ mode: 'fork' | 'spawn', count: number, rate: number, clients: number, keepAlive: boolean }} options `rate`: jobs
   *   a second
   * @param {(atWork: AtWork) => Promise<void>} work
   * @param {(atWork: AtWork) => void} report prints the result, and can add failures
   */
  static async run({ mode, count, rate, clients, keepAlive }, work, report) {
    const port = await freePort();
    const scene = await Scene.open({
      library: await loadQueue('bullmq'),
      mode,
      count,
      concurrency: 4,
      lock: 30_000,
      longest: 20,
      random: randomFrom(1),
      env: { SWARM_MAXMEM_MB: '0', PORT: String(port) },
      beside: [WEB],
    });
    const atWork = new AtWork(scene, rate);
    try {
      await scene.start();
      atWork.requests = new WebLoad({ port, clients, keepAlive });
      atWork.#begun = performance.now();
      await work(atWork);
      await scene.finished();
      await atWork.requests.stop();
      scene.swarm.signal('SIGTERM');
      await scene.ended('the end');
    } catch (error) {
      atWork.failures.push(error.stack);
    } finally {
      await atWork.requests.stop();
      await scene.close();
    }
    atWork.#conclude(report);
  }

  /** Use run(). */
  constructor(scene, rate) {
    this.scene = scene;
    this.swarm = scene.swarm;
    this.ledger = scene.ledger;
    this.requests = { answered: 0, failed: [], async stop() {} };
    this.#rate = rate;
  }

  /** "812 of 812 jobs done, 0 of them twice; 5120 requests answered, 0 refused or cut off" */
  get summary() {
    const { ledger, scene, requests } = this;
    return (
      `${ledger.done} of ${scene.enqueued} jobs done, ${this.#twice} of them twice; ` +
      `${requests.answered} requests answered, ${requests.failed.length} refused or cut off`
    );
  }

  /** Enqueues jobs at the given rate until the condition holds. */
  until(what, condition) {
    return this.scene.until(what, async () => {
      const due = Math.floor(((performance.now() - this.#begun) * this.#rate) / 1000) - this.scene.enqueued;
      if (due > 20) await this.scene.enqueue(due);
      return condition();
    });
  }

  get #twice() {
    return [...this.ledger.runs.values()].filter((runs) => runs.length > 1).length;
  }

  #conclude(report) {
    const { scene, swarm, ledger, failures, requests } = this;
    report(this);
    if (this.#twice > 0 || ledger.done !== scene.enqueued) failures.push('jobs were lost or done twice');
    for (const { at, reason } of requests.failed) {
      const before = swarm.log.findLast((line) => line.at <= at);
      failures.push(`a request failed: ${reason}, ${Math.round((at - before.at) / 1000)} ms after "${before.msg}"`);
    }
    if (failures.length === 0) {
      rmSync(scene.directory, { recursive: true, force: true });
      return;
    }
    process.exitCode = 1;
    for (const { msg } of swarm.log.slice(-SHOWN)) console.log(`  ${msg}`);
    for (const failure of failures) console.log(`FAILED: ${failure}`);
    console.log(`The ledger is in ${scene.directory}`);
  }
}
