// Rolling restarts of a swarm at work: 4 workers with BullMQ and a web server, jobs and requests all the time. No job is lost
// or done twice, no request is refused or cut off, and the supervisor does not grow.
//
//   node restarts.js [--restarts 50] [--mode fork|spawn] [--rate jobs a second] [--requests N] [--keep-alive] [--clients 4]
//
// Every second client keeps its connection; with --keep-alive all do. The load goes on until --requests were answered:
//
//   node restarts.js --restarts 30 --requests 50000 --keep-alive --clients 16
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { randomFrom } from '../fidelity/soak/random.js';
import { growth, measure } from './chaos/growth.js';
import { loadQueue } from './chaos/queues/index.js';
import { Scene } from './chaos/scene.js';
import { freePort, WebLoad } from './web-load.js';

const COUNT = 4;
const WEB = fileURLToPath(new URL('../fixtures/web.mjs', import.meta.url));

const { values: options } = parseArgs({
  options: {
    restarts: { type: 'string', default: '50' },
    mode: { type: 'string', default: 'fork' },
    rate: { type: 'string', default: '200' },
    requests: { type: 'string', default: '0' },
    'keep-alive': { type: 'boolean', default: false },
    clients: { type: 'string', default: '4' },
  },
});
const restarts = Number(options.restarts);
const wanted = Number(options.requests);
const port = await freePort();
const scene = await Scene.open({
  library: await loadQueue('bullmq'),
  mode: options.mode,
  count: COUNT,
  concurrency: 4,
  lock: 30_000,
  longest: 20,
  random: randomFrom(1),
  env: { SWARM_MAXMEM_MB: '0', PORT: String(port) },
  beside: [WEB],
});
const { swarm, ledger, directory } = scene;
const samples = [];
const failures = [];
let requests = { answered: 0, failed: [], async stop() {} };
try {
  await scene.start();
  requests = new WebLoad({ port, clients: Number(options.clients), keepAlive: options['keep-alive'] });
  await restartAll();
  await scene.until(
    `${wanted} requests were answered`,
    () => requests.answered >= wanted || requests.failed.length > 0,
  );
  await scene.finished();
  await requests.stop();
  swarm.signal('SIGTERM');
  await scene.ended('the end');
} catch (error) {
  failures.push(error.stack);
} finally {
  await requests.stop();
  await scene.close();
}
report();
if (failures.length === 0) rmSync(directory, { recursive: true, force: true });
else process.exitCode = 1;

async function restartAll() {
  const begun = performance.now();
  for (let restart = 1; restart <= restarts; restart += 1) {
    swarm.signal('SIGUSR2');
    await scene.until(`generation ${restart + 1} is running`, async () => {
      const due = Math.floor(((performance.now() - begun) * Number(options.rate)) / 1000) - scene.enqueued;
      if (due > 20) await scene.enqueue(due);
      return renewed() === restart;
    });
    samples.push(measure(swarm.pid));
  }
}

/** How many rolling restarts have come to their end. */
function renewed() {
  return swarm.log.filter(({ event, ms }) => event === 'reload' && ms !== undefined).length;
}

function report() {
  const twice = [...ledger.runs.values()].filter((runs) => runs.length > 1).length;
  console.log(
    `${options.mode}: ${renewed()} rolling restarts, ${ledger.done} of ${scene.enqueued} jobs done, ${twice} of them twice; ` +
      `${requests.answered} requests answered, ${requests.failed.length} refused or cut off`,
  );
  if (renewed() !== restarts) failures.push(`${renewed()} rolling restarts came to their end`);
  if (twice > 0 || ledger.done !== scene.enqueued) failures.push('jobs were lost, or done twice');
  for (const { reason } of requests.failed) failures.push(`a request failed: ${reason}`);
  for (const { name, before, after, most, grown } of growth(samples)) {
    console.log(`supervisor, ${name}: ${before} in the second fifth, ${after} in the last, ${most} at most`);
    if (grown) failures.push(`the supervisor grew: ${name} from ${before} to ${after}`);
  }
  if (failures.length > 0) for (const { msg } of swarm.log.slice(-20)) console.log(`  ${msg}`);
  for (const failure of failures) console.log(`FAILED: ${failure}`);
  if (failures.length > 0) console.log(`The ledger is in ${directory}`);
}
