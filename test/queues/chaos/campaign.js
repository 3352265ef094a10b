import { rmSync } from 'node:fs';
import { randomFrom } from '../../fidelity/soak/random.js';
import { KINDS, plan } from './incidents.js';
import { hasEnded, now } from './processes.js';
import { loadQueue } from './queues/index.js';
import { Scene } from './scene.js';
import { judge } from './verdict.js';

/** The number of workers, and of concurrent jobs in each. */
const COUNT = 4;
const CONCURRENCY = 4;
/** Milliseconds after which a silent worker loses its job in a graceful run: the libraries' default. */
const PATIENT_LOCK = 30_000;
/** SWARM_MAXMEM_MB. A job that leaks takes more. */
const MAX_MEMORY = 300;

/**
 * Runs a swarm with real jobs and a real server through one incident after another.
 *
 * @param {{ queue: string, mode: 'fork' | 'spawn', jobs: number, incidents: number, seed: number, graceful: boolean,
 *   own?: boolean, lock: number, longest: number,
 *   kinds?: string[], onIncident?: (incident: object) => void }} options
 *   `own`: the workers have their own signal handlers
 */
export async function campaign({
  queue: name,
  mode,
  jobs,
  incidents: planned,
  seed,
  graceful,
  own,
  lock,
  longest,
  kinds,
  onIncident,
}) {
  const library = await loadQueue(name, { own });
  const random = randomFrom(seed);
  const portion = Math.floor(jobs / (planned + 1));
  const choices = plan({
    kinds: kinds ?? kindsFor({ mode, graceful, canStall: library.canStall }),
    incidents: planned,
    portion,
    count: COUNT,
    random,
  });

  const patience = graceful ? PATIENT_LOCK : lock;
  const scene = await Scene.open({
    library,
    mode,
    count: COUNT,
    concurrency: CONCURRENCY,
    lock: patience,
    longest,
    leak: MAX_MEMORY,
    random,
    env: {
      // A worker that is cut off must reach its deadline before its locks expire. In pg-boss those of a batch run from
      // its first job on; when they expire, pg-boss abandons all its jobs, and the worker could stop in time.
      SWARM_TIMEOUT: graceful ? undefined : String(lock / 2000),
      SWARM_MAXMEM_MB: String(MAX_MEMORY),
      SWARM_MEMORY_INTERVAL: '1',
      // At this level the log has a line for each worker that stops.
      SWARM_LOG_LEVEL: 'debug',
    },
  });
  const { swarm, ledger, queue, directory } = scene;
  const incidents = [];
  let left;
  let failure;
  try {
    await scene.start();
    for (const choice of choices) {
      await scene.enqueue(portion);
      await scene.progress(choice.after);
      const from = now();
      const workers = swarm.working.map(({ pid }) => pid);
      const effect = await KINDS[choice.kind].happen(scene, choice);
      const incident = {
        kind: choice.kind,
        done: ledger.done,
        from,
        to: now(),
        left: workers.filter(hasEnded),
        ...effect,
      };
      incidents.push(incident);
      onIncident?.(incident);
    }
    await scene.enqueue(jobs - portion * planned);
    await scene.finished();
    left = await queue.left();
    swarm.signal('SIGTERM');
    await scene.ended('the end');
  } catch (error) {
    failure = error;
  } finally {
    await scene.close();
  }
  ledger.read();
  const verdict = judge({ ledger, swarm, incidents, jobs: scene.enqueued, left, planned, library, failure });
  const clean = Object.values(verdict.violations).every((list) => list.length === 0);
  if (clean) rmSync(directory, { recursive: true, force: true });
  return { incidents, verdict, clean, directory: clean ? undefined : directory, log: clean ? [] : swarm.log };
}

/** The graceful kinds of incidents, or all kinds that are possible with this mode and queue. */
export function kindsFor({ mode, graceful, canStall }) {
  return Object.keys(KINDS).filter((kind) => {
    if (graceful) return KINDS[kind].graceful;
    return kind !== 'recycle' && (kind !== 'mold' || mode === 'fork') && (kind !== 'stall' || canStall);
  });
}
