import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { now, signal } from './processes.js';

/**
 * Incidents for a busy swarm. Each waits until the log or the ledger shows its consequences. A graceful one is over when
 * swarm has filled every slot again: a signal of the next one could end a booting worker, which has no handler yet.
 *
 * @typedef {object} Kind
 * @property {boolean} graceful no process is killed, so no job may be done twice
 * @property {(scene: import('./scene.js').Scene, choice: { slot: number, chance: number }) => Promise<object | undefined>} happen
 *   the effect, for the verdict: `pids` lost jobs ('all' for any process); with `comesBack` they continue with these
 *   jobs afterwards; `told` got a stop signal that did not come from the supervisor
 *
 * @type {Record<string, Kind>}
 */
export const KINDS = {
  /** TERM to one worker, from Heroku or from `kill`. */
  term: {
    graceful: true,
    async happen(scene, { slot }) {
      return { told: [await replaced(scene, slot, 'SIGTERM')] };
    },
  },
  /** A stop without a deadline. */
  usr2: {
    graceful: true,
    async happen(scene, { slot }) {
      await replaced(scene, slot, 'SIGUSR2');
    },
  },
  /** One worker becomes quiet, and stops some time later. */
  tstp: {
    graceful: true,
    async happen(scene, { slot }) {
      const pid = await scene.worker(slot);
      signal(pid, 'SIGTSTP');
      await scene.until(`quiet worker ${pid}`, () => scene.swarm.has('worker.quiet', pid));
      signal(pid, 'SIGTERM');
      await scene.exit(pid);
      await scene.filled();
      return { told: [pid] };
    },
  },
  /** A deployment: stop the swarm, then start another. */
  stop: {
    graceful: true,
    async happen(scene) {
      scene.swarm.signal('SIGTERM');
      await scene.restarted('stop');
    },
  },
  /** A deployment by the book: quiet, then stop, then another swarm. */
  quiet: {
    graceful: true,
    async happen(scene) {
      scene.swarm.signal('SIGTSTP');
      await scene.until('all workers quiet', () => scene.swarm.isQuiet);
      scene.swarm.signal('SIGTERM');
      await scene.restarted('quiet');
    },
  },
  /** A rolling restart. */
  reload: {
    graceful: true,
    async happen(scene) {
      const { swarm } = scene;
      const done = () => swarm.life.filter(({ event, ms }) => event === 'reload' && ms !== undefined).length;
      const before = done();
      swarm.signal('SIGUSR2');
      await scene.until('the end of the rolling restart', () => done() > before);
    },
  },
  /** TERM to every process, several times, as from Heroku. */
  burst: {
    graceful: true,
    async happen(scene) {
      const told = scene.swarm.processes();
      for (let times = 0; times < 4; times += 1) {
        scene.swarm.signalAll('SIGTERM');
        await scene.look();
      }
      await scene.restarted('burst');
      return { told };
    },
  },
  /** The same at random times in random order: a worker can get TERM or INT before the supervisor, or twice. */
  scattered: {
    graceful: true,
    async happen(scene) {
      const { random, swarm } = scene;
      const pids = swarm.processes();
      const order = shuffle([swarm.pid, ...pids, ...pids.filter(() => random() < 0.5)], random);
      for (const pid of order) {
        signal(pid, random() < 0.8 ? 'SIGTERM' : 'SIGINT');
        if (random() < 0.7) await sleep(200 * random());
      }
      await scene.restarted('scattered');
      return { told: pids };
    },
  },
  /** A job leaks so much memory that its worker must be recycled. */
  recycle: {
    graceful: true,
    async happen(scene) {
      const job = await scene.extra({ ms: 1, leak: scene.leak });
      await scene.until('the end of the job that leaks', () =>
        scene.ledger.runsOf(job).some(({ end }) => end !== undefined),
      );
      await scene.exit(scene.ledger.runsOf(job)[0].pid);
      await scene.filled();
    },
  },
  kill: {
    graceful: false,
    async happen(scene, { slot }) {
      const pid = await scene.worker(slot);
      signal(pid, 'SIGKILL');
      await scene.exit(pid);
      return { pids: [pid] };
    },
  },
  /** A worker is suspended while other workers do a few jobs. */
  pause: {
    graceful: false,
    async happen(scene, { slot }) {
      const pid = await scene.worker(slot);
      const from = now();
      signal(pid, 'SIGSTOP');
      await scene.progress(5);
      signal(pid, 'SIGCONT');
      // It can lose its jobs only if this took longer than half of the lock time, after which locks are renewed.
      return now() - from > (scene.lock * 1000) / 2 ? { pids: [pid], comesBack: true } : undefined;
    },
  },
  /** A worker is suspended until another one has taken over its jobs. */
  stall: {
    graceful: false,
    async happen(scene) {
      const long = await beginLongJob(scene);
      signal(long.pid, 'SIGSTOP');
      await scene.until('another run of the job', () => scene.ledger.runsOf(long.job).length > 1);
      signal(long.pid, 'SIGCONT');
      long.end();
      // Once this job ends, the worker has also found the jobs that it got before it was suspended.
      await scene.until('the end of the long job', () => scene.ledger.runsOf(long.job)[0].end !== undefined);
      await scene.progress(5);
      return { pids: [long.pid], comesBack: true };
    },
  },
  /** A job takes longer than the stop timeout: it is cut off at the deadline, and another worker does it. */
  cut: {
    graceful: false,
    async happen(scene) {
      const long = await beginLongJob(scene);
      signal(long.pid, 'SIGTERM');
      await scene.exit(long.pid);
      scene.expectCut(long.pid);
      await scene.until('another run of the job that was cut off', () => scene.ledger.runsOf(long.job).length > 1);
      long.end();
      return { pids: [long.pid] };
    },
  },
  mold: {
    graceful: false,
    async happen(scene, { slot }) {
      const { mold } = scene.swarm;
      if (mold === undefined) throw new Error('there is no mold to kill');
      const deaths = () => scene.swarm.life.filter(({ event }) => event === 'mold.exit').length;
      const before = deaths();
      signal(mold, 'SIGKILL');
      await scene.until('the exit of the mold', () => deaths() > before);
      // swarm makes another mold when it next starts a worker.
      await replaced(scene, slot, 'SIGTERM');
    },
  },
  /** The supervisor is killed, and its workers stop by themselves. */
  orphans: {
    graceful: false,
    async happen(scene) {
      scene.swarm.signal('SIGKILL');
      await scene.restarted('orphans');
    },
  },
  server: {
    graceful: false,
    async happen(scene, { chance }) {
      const { halts } = scene;
      await scene.until('a proven worker', () => scene.swarm.isProven);
      await scene.server.restart(halts[Math.floor(chance * halts.length)]);
      await scene.progress(10);
      return { pids: 'all' };
    },
  },
};

/** Makes one worker begin a job that lasts until `end()`. */
async function beginLongJob(scene) {
  const gate = join(scene.directory, `gate-${now()}`);
  const job = await scene.extra({ ms: 1, gate });
  await scene.until('the long job', () => scene.ledger.runsOf(job).length > 0);
  return { job, pid: scene.ledger.runsOf(job)[0].pid, end: () => writeFileSync(gate, '') };
}

/** Stops the worker in this slot, and waits until its replacement is ready. Returns the pid of the old worker. */
async function replaced(scene, slot, name) {
  const pid = await scene.worker(slot);
  signal(pid, name);
  await scene.exit(pid);
  await scene.worker(slot);
  return pid;
}

/**
 * Plans the incidents of a run, the same for the same seed: all kinds equally often, in random order. Each happens when
 * `after` jobs of its portion are done.
 */
export function plan({ kinds, incidents, portion, count, random }) {
  const list = Array.from({ length: incidents }, (_, number) => kinds[number % kinds.length]);
  return shuffle(list, random).map((kind) => ({
    kind,
    after: 1 + Math.floor(random() * 0.4 * portion),
    slot: Math.floor(random() * count),
    chance: random(),
  }));
}

function shuffle(list, random) {
  for (let last = list.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [list[last], list[other]] = [list[other], list[last]];
  }
  return list;
}
