// A soak: a swarm of 4 workers under steady load, without incidents. Supervisor, mold and workers must not grow in
// memory, descriptors or threads; no worker may be replaced, and every job must be done exactly once.
//
//   node soak.js [--minutes 30] [--queue bullmq|…] [--mode fork|spawn] [--rate jobs a second]
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { randomFrom } from '../fidelity/soak/random.js';
import { growth, measure } from './chaos/growth.js';
import { loadQueue } from './chaos/queues/index.js';
import { Scene } from './chaos/scene.js';

const COUNT = 4;
const LOCK = 30_000;
/** The number of samples of each process. */
const SAMPLES = 100;

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    queue: { type: 'string', default: 'bullmq' },
    mode: { type: 'string', default: 'fork' },
    rate: { type: 'string', default: '200' },
  },
});
const duration = Number(options.minutes) * 60_000;
const rate = Number(options.rate);

const library = await loadQueue(options.queue);
const scene = await Scene.open({
  library,
  mode: options.mode,
  count: COUNT,
  concurrency: 4,
  lock: LOCK,
  longest: 20,
  random: randomFrom(1),
  env: { SWARM_MAXMEM_MB: '0' },
});
const { swarm, ledger, directory } = scene;

/** @type {Map<string, { pid: number, samples: Record<string, number>[] }>} by role: "worker 0" */
const processes = new Map();
const failures = [];
try {
  await scene.start();
  await work();
  await scene.finished();
  swarm.signal('SIGTERM');
  await scene.ended('the end');
} catch (error) {
  failures.push(error.stack);
} finally {
  await scene.close();
}
report();
if (failures.length === 0) rmSync(directory, { recursive: true, force: true });
else process.exitCode = 1;

/** Adds jobs at the given rate, and samples all processes at regular intervals. */
async function work() {
  for (const line of swarm.working) processes.set(`worker ${line.worker}`, { pid: line.pid, samples: [] });
  processes.set('supervisor', { pid: swarm.pid, samples: [] });
  if (swarm.mold !== undefined) processes.set('mold', { pid: swarm.mold, samples: [] });
  const begun = performance.now();
  let sampled = 0;
  for (let passed = 0; passed < duration; passed = performance.now() - begun) {
    const due = Math.floor((passed * rate) / 1000) - scene.enqueued;
    if (due >= rate / 2) await scene.enqueue(due);
    if (passed >= (sampled * duration) / SAMPLES) {
      sampled += 1;
      for (const { pid, samples } of processes.values()) {
        const sample = measure(pid);
        if (sample) samples.push(sample);
      }
    }
    await scene.look();
  }
}

function report() {
  const ends = swarm.log.filter(({ event }) => event === 'worker.exit').length;
  const again = [...ledger.runs.values()].filter((runs) => runs.length > 1).length;
  if (ends !== COUNT) failures.push(`${ends} workers exited, instead of ${COUNT} at the end`);
  if (again > 0) failures.push(`${again} jobs were begun twice`);
  if (ledger.done !== scene.enqueued) failures.push(`${scene.enqueued - ledger.done} jobs were not done`);
  console.log(
    `${options.queue}, ${options.mode}: ${options.minutes} minutes, ${ledger.done} jobs of ${scene.enqueued} done`,
  );
  console.log(
    `${''.padEnd(12)}${['', 'second fifth', 'last fifth', 'most'].map((title) => title.padStart(14)).join('')}`,
  );
  for (const [name, { samples }] of processes) {
    for (const { name: measured, before, after, most, grown } of growth(samples)) {
      const cells = [measured, before, after, most].map((cell) => String(cell).padStart(14)).join('');
      console.log(`${name.padEnd(12)}${cells}${grown ? '  GROWN' : ''}`);
      if (grown) failures.push(`${name}: ${measured} grew from ${before} to ${after}`);
    }
  }
  for (const failure of failures) console.log(`FAILED: ${failure}`);
  if (failures.length === 0) console.log('ok: nothing has grown, and every job was done once');
  else console.log(`The ledger is in ${directory}`);
}
