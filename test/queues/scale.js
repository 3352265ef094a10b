// A swarm that is scaled at work: from 2 workers to 50 and to 3, with BullMQ and a web server, jobs and requests all the time.
// No job is lost or done twice, no request is refused or cut off, no worker is cut off at its deadline. For each step it says
// how long that took, and what memory the swarm has then.
//
//   node scale.js [--steps 2,50,3] [--rounds 3] [--mode fork|spawn] [--rate jobs a second] [--clients 16]
//
// Every second client keeps its connection.
import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { randomFrom } from '../fidelity/soak/random.js';
import { loadQueue } from './chaos/queues/index.js';
import { Scene } from './chaos/scene.js';
import { freePort, WebLoad } from './web-load.js';

const BIN = fileURLToPath(new URL('../../bin/swarm', import.meta.url));
const WEB = fileURLToPath(new URL('../fixtures/web.mjs', import.meta.url));
/** The jobs that are done, and the requests that are answered, with each number of workers. */
const WORK = 500;

const { values: options } = parseArgs({
  options: {
    steps: { type: 'string', default: '2,50,3' },
    rounds: { type: 'string', default: '3' },
    mode: { type: 'string', default: 'fork' },
    rate: { type: 'string', default: '200' },
    clients: { type: 'string', default: '16' },
  },
});
const steps = options.steps.split(',').map(Number);
const port = await freePort();
const scene = await Scene.open({
  library: await loadQueue('bullmq'),
  mode: options.mode,
  count: steps[0],
  concurrency: 4,
  lock: 30_000,
  longest: 20,
  random: randomFrom(1),
  env: { SWARM_MAXMEM_MB: '0', PORT: String(port) },
  beside: [WEB],
});
const { swarm, ledger, directory } = scene;
const failures = [];
let requests = { answered: 0, failed: [], async stop() {} };
let begun = 0;
try {
  await scene.start();
  requests = new WebLoad({ port, clients: Number(options.clients), keepAlive: false });
  begun = performance.now();
  console.log(`${options.mode}: workers      ms  all processes MB  supervisor MB`);
  await work(`${steps[0]}`, 0);
  for (let round = 1; round <= Number(options.rounds); round += 1) {
    for (const count of round === 1 ? steps.slice(1) : steps) await scaleTo(count);
  }
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

async function scaleTo(count) {
  const before = swarm.working.length;
  const [since, order] = [
    swarm.log.length,
    promisify(execFile)(process.execPath, [BIN, 'scale', `${count}`, '-p', `${swarm.pid}`]),
  ];
  let isDone = false;
  order
    .finally(() => {
      isDone = true;
    })
    .catch(() => {});
  await scene.until(`${count} workers instead of ${before}`, async () => {
    await enqueue();
    return isDone;
  });
  await order;
  // The command looks now and then; the log says when it was.
  const lines = swarm.log.slice(since).filter(({ event }) => ['scale', 'worker.ready', 'worker.exit'].includes(event));
  await work(`${before} → ${count}`, (lines.at(-1).at - lines[0].at) / 1000);
}

async function work(step, ms) {
  const goal = { done: ledger.done + WORK, answered: requests.answered + WORK };
  await scene.until(`${WORK} jobs and requests`, async () => {
    await enqueue();
    return ledger.done >= goal.done && requests.answered >= goal.answered;
  });
  const all = swarm.processes().reduce((sum, pid) => sum + memory(pid), 0);
  const cells = [Math.round(ms), all.toFixed(0), memory(swarm.pid).toFixed(1)].map((cell, at) =>
    `${cell}`.padStart([8, 18, 15][at]),
  );
  console.log(`      ${step.padStart(7)}${cells.join('')}`);
}

async function enqueue() {
  const due = Math.floor(((performance.now() - begun) * Number(options.rate)) / 1000) - scene.enqueued;
  if (due > 20) await scene.enqueue(due);
}

function report() {
  const twice = [...ledger.runs.values()].filter((runs) => runs.length > 1).length;
  const bad = swarm.log.filter(
    ({ level, event, status }) => level === 'error' || (event === 'worker.exit' && status !== 0),
  );
  console.log(
    `${ledger.done} of ${scene.enqueued} jobs done, ${twice} of them twice; ${requests.answered} requests answered, ` +
      `${requests.failed.length} refused or cut off`,
  );
  if (twice > 0 || ledger.done !== scene.enqueued) failures.push('jobs were lost, or done twice');
  for (const { at, reason } of requests.failed) {
    const before = swarm.log.findLast((line) => line.at <= at);
    failures.push(`a request failed: ${reason}, ${Math.round((at - before.at) / 1000)} ms after "${before.msg}"`);
  }
  for (const { msg } of bad) failures.push(msg);
  if (failures.length > 0) for (const { msg } of swarm.log.slice(-20)) console.log(`  ${msg}`);
  for (const failure of failures) console.log(`FAILED: ${failure}`);
  if (failures.length > 0) console.log(`The ledger is in ${directory}`);
}

/** What it has for itself, and its share of what it has in common with others; MB, 0 where it has just ended. */
function memory(pid) {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1024;
  } catch {
    return 0;
  }
}
