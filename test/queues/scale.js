// Scales a swarm under load from 2 workers to 50 and to 3, with BullMQ, a web server and a constant stream of jobs and
// requests. No job may be lost or done twice, no request refused or cut off, no worker killed at its deadline. Prints
// the duration of each step, and the memory of the swarm after it.
//
//   node scale.js [--steps 2,50,3] [--rounds 3] [--mode fork|spawn] [--rate jobs a second] [--clients 16]
//
// Every second client keeps its connection.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { AtWork } from './at-work.js';

const BIN = fileURLToPath(new URL('../../bin/swarm', import.meta.url));
/** The number of jobs, and of requests, to finish with each number of workers. */
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

await AtWork.run(
  {
    mode: options.mode,
    count: steps[0],
    rate: Number(options.rate),
    clients: Number(options.clients),
    keepAlive: false,
  },
  scaleAll,
  report,
);

async function scaleAll(atWork) {
  console.log(`${options.mode}: workers      ms  all processes MB  supervisor MB`);
  await work(atWork, `${steps[0]}`, 0);
  for (let round = 1; round <= Number(options.rounds); round += 1) {
    for (const count of round === 1 ? steps.slice(1) : steps) await scaleTo(atWork, count);
  }
}

async function scaleTo(atWork, count) {
  const { swarm } = atWork;
  const [before, since] = [swarm.working.length, swarm.log.length];
  const order = promisify(execFile)(process.execPath, [BIN, 'scale', `${count}`, '-p', `${swarm.pid}`]);
  let isDone = false;
  order
    .finally(() => {
      isDone = true;
    })
    .catch(() => {});
  await atWork.until(`${count} workers instead of ${before}`, () => isDone);
  await order;
  // The command only polls the state; the log has the exact times.
  const lines = swarm.log.slice(since).filter(({ event }) => ['scale', 'worker.ready', 'worker.exit'].includes(event));
  await work(atWork, `${before} → ${count}`, (lines.at(-1).at - lines[0].at) / 1000);
}

async function work(atWork, step, ms) {
  const { swarm, ledger, requests } = atWork;
  const goal = { done: ledger.done + WORK, answered: requests.answered + WORK };
  await atWork.until(`${WORK} jobs and requests`, () => ledger.done >= goal.done && requests.answered >= goal.answered);
  const all = swarm.processes().reduce((sum, pid) => sum + memory(pid), 0);
  const cells = [Math.round(ms), all.toFixed(0), memory(swarm.pid).toFixed(1)].map((cell, at) =>
    `${cell}`.padStart([8, 18, 15][at]),
  );
  console.log(`      ${step.padStart(7)}${cells.join('')}`);
}

function report({ swarm, summary, failures }) {
  console.log(summary);
  const bad = swarm.log.filter(
    ({ level, event, status }) => level === 'error' || (event === 'worker.exit' && status !== 0),
  );
  for (const { msg } of bad) failures.push(msg);
}

/** PSS in MB; 0 if the process has just ended. */
function memory(pid) {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1024;
  } catch {
    return 0;
  }
}
