import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { now, signal } from './processes.js';

/**
 * What happens to a swarm at work. Each incident waits for its own consequences, as told by the log or the ledger, and
 * is over when they have come; then nobody is missing any more than swarm itself wants it.
 *
 * @typedef {object} Kind
 * @property {boolean} graceful everybody is asked, and nobody killed: no job may be done twice for it
 * @property {(scene: import('./scene.js').Scene, choice: { slot: number, chance: number }) => Promise<object | undefined>} happen
 *   what it did, for the verdict: `pids` is who lost jobs by it, 'all', or nobody;
 *   `comesBack`: and goes on with them afterwards; `told`: who was asked to stop behind the supervisor's back
 *
 * @type {Record<string, Kind>}
 */
export const KINDS = {
  /** Heroku's TERM to one process, or `kill`. */
  term: {
    graceful: true,
    async happen(scene, { slot }) {
      return { told: [await replaced(scene, slot, 'SIGTERM')] };
    },
  },
  /** Stop in your own time. */
  usr2: {
    graceful: true,
    async happen(scene, { slot }) {
      await replaced(scene, slot, 'SIGUSR2');
    },
  },
  /** Quiet, and some time later stop. */
  tstp: {
    graceful: true,
    async happen(scene, { slot }) {
      const pid = await scene.worker(slot);
      signal(pid, 'SIGTSTP');
      await scene.until(`worker ${pid} is quiet`, () => scene.swarm.has('worker.quiet', pid));
      signal(pid, 'SIGTERM');
      await scene.exit(pid);
      return { told: [pid] };
    },
  },
  /** Deployment: stop the supervisor, start another. */
  stop: {
    graceful: true,
    async happen(scene) {
      scene.swarm.signal('SIGTERM');
      await scene.restarted('stop');
    },
  },
  /** Deployment by the book: quiet, then stop. */
  quiet: {
    graceful: true,
    async happen(scene) {
      scene.swarm.signal('SIGTSTP');
      await scene.until('all are quiet', () => scene.swarm.isQuiet);
      scene.swarm.signal('SIGTERM');
      await scene.restarted('quiet');
    },
  },
  /** Fresh code: all workers are replaced, one after another. */
  reload: {
    graceful: true,
    async happen(scene) {
      const { swarm } = scene;
      const done = () => swarm.life.filter(({ event, ms }) => event === 'reload' && ms !== undefined).length;
      const before = done();
      swarm.signal('SIGUSR2');
      await scene.until('all workers are renewed', () => done() > before);
    },
  },
  /** Heroku signals every process, several times. */
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
  /** The same, but in any order and at any distance: a worker may hear of it before the supervisor, or twice, or by INT. */
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
  /** A job keeps so much memory that its worker has to be recycled. */
  recycle: {
    graceful: true,
    async happen(scene) {
      const job = await scene.extra({ ms: 1, leak: scene.leak });
      await scene.until('a job has leaked', () => scene.ledger.runsOf(job).some(({ end }) => end !== undefined));
      await scene.exit(scene.ledger.runsOf(job)[0].pid);
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
  /** Suspended for a moment: some others do a few jobs. */
  pause: {
    graceful: false,
    async happen(scene, { slot }) {
      const pid = await scene.worker(slot);
      const from = now();
      signal(pid, 'SIGSTOP');
      await scene.progress(5);
      signal(pid, 'SIGCONT');
      // It loses its jobs only if the moment was too long for its locks, which are renewed when they are half over.
      return now() - from > (scene.lock * 1000) / 2 ? { pids: [pid], comesBack: true } : undefined;
    },
  },
  /** Suspended until another worker has taken over its jobs. */
  stall: {
    graceful: false,
    async happen(scene) {
      const long = await beginLongJob(scene);
      signal(long.pid, 'SIGSTOP');
      await scene.until('another has begun its job', () => scene.ledger.runsOf(long.job).length > 1);
      signal(long.pid, 'SIGCONT');
      long.end();
      // It is awake: what it was given before it has found by now.
      await scene.until('it comes back', () => scene.ledger.runsOf(long.job)[0].end !== undefined);
      await scene.progress(5);
      return { pids: [long.pid], comesBack: true };
    },
  },
  /** A job that takes longer than a stop may: it is cut off at the deadline, and done by another. */
  cut: {
    graceful: false,
    async happen(scene) {
      const long = await beginLongJob(scene);
      signal(long.pid, 'SIGTERM');
      await scene.exit(long.pid);
      scene.expectCut(long.pid);
      await scene.until('another has begun it', () => scene.ledger.runsOf(long.job).length > 1);
      long.end();
      return { pids: [long.pid] };
    },
  },
  mold: {
    graceful: false,
    async happen(scene, { slot }) {
      const { mold } = scene.swarm;
      if (mold === undefined) throw new Error('there is no mold to be killed');
      const deaths = () => scene.swarm.life.filter(({ event }) => event === 'mold.exit').length;
      const before = deaths();
      signal(mold, 'SIGKILL');
      await scene.until('the mold is gone', () => deaths() > before);
      // Another one is made when it is needed.
      await replaced(scene, slot, 'SIGTERM');
    },
  },
  /** The supervisor is killed: its workers stop by themselves, in time. */
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
      await scene.until('a worker is proven', () => scene.swarm.isProven);
      await scene.server.restart(halts[Math.floor(chance * halts.length)]);
      await scene.progress(10);
      return { pids: 'all' };
    },
  },
};

/** Has one worker in the middle of a job that does not end by itself. */
async function beginLongJob(scene) {
  const gate = join(scene.directory, `gate-${now()}`);
  const job = await scene.extra({ ms: 1, gate });
  await scene.until('the long job has begun', () => scene.ledger.runsOf(job).length > 0);
  return { job, pid: scene.ledger.runsOf(job)[0].pid, end: () => writeFileSync(gate, '') };
}

/** The worker in that slot stops, and the next is ready. Returns the pid of the one that has stopped. */
async function replaced(scene, slot, name) {
  const pid = await scene.worker(slot);
  signal(pid, name);
  await scene.exit(pid);
  await scene.worker(slot);
  return pid;
}

/**
 * The incidents of a run, the same for the same seed: every kind as often as every other, in random order, each when a
 * given number of jobs of its portion are done.
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
