// Measures an idle swarm: the private memory of the supervisor, and the CPU time of supervisor and workers.
//
//     node bench/experiments/idle.js [--count 4] [--mode fork|spawn] [--seconds 60] [--settle 20] [--node PATH]
//         [--ask /metrics]
//
// needs no packages of the bench. --ask sets SWARM_LISTEN and sends a request every second; `--ask none` only listens.
// Memory is the private part in smaps_rollup. CPU time, in nanoseconds in schedstat, is printed as a percentage of one
// core.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { freePort } from '../../test/support/free-port.js';

const BIN = fileURLToPath(new URL('../../bin/swarm', import.meta.url));
const MODULE = fileURLToPath(new URL('../../test/fixtures/idle.mjs', import.meta.url));

const text = (value) => ({ type: 'string', default: value });
const { values } = parseArgs({
  options: {
    count: text('4'),
    mode: text('fork'),
    seconds: text('60'),
    settle: text('20'),
    node: text(process.execPath),
    ask: text(''),
  },
});

const port = values.ask ? await freePort() : undefined;
const swarm = spawn(values.node, [BIN, '-r', MODULE], {
  env: { ...process.env, COUNT: values.count, SWARM_MODE: values.mode, SWARM_LOG_FORMAT: 'json', SWARM_LISTEN: port },
  stdio: ['ignore', 'pipe', 'inherit'],
});
process.on('exit', () => swarm.kill('SIGKILL'));
const gone = once(swarm, 'exit');
const workers = await ready();
const asking = setInterval(() => {
  if (values.ask.startsWith('/')) get({ port, path: values.ask }, (answer) => answer.resume());
}, 1000);
await sleep(1000 * Number(values.settle));
const before = measure();
await sleep(1000 * Number(values.seconds));
const after = measure();
console.log(
  `${values.mode}, ${values.count} idle workers${values.ask && `, asked ${values.ask}`}: the supervisor uses ${(privateMemory(swarm.pid) / 1024 ** 2).toFixed(1)} MB ` +
    `of private memory and ${percent('supervisor')} of a core, a worker ${percent('worker')}`,
);
clearInterval(asking);
swarm.kill('SIGTERM');
await gone;

/** Waits until all workers are ready. @returns {Promise<number[]>} their pids */
async function ready() {
  const pids = [];
  for await (const line of createInterface(swarm.stdout)) {
    if (!line.startsWith('{"level"')) continue;
    const { event, pid } = JSON.parse(line);
    if (event === 'worker.ready') pids.push(pid);
    if (pids.length === Number(values.count)) break;
  }
  // Discard further lines.
  swarm.stdout.resume();
  return pids;
}

/** The time and the CPU times so far, in nanoseconds. */
function measure() {
  const sum = workers.map(processorTime).reduce((a, b) => a + b, 0);
  return { at: performance.now() * 1e6, supervisor: processorTime(swarm.pid), worker: sum / workers.length };
}

function percent(who) {
  return `${((100 * (after[who] - before[who])) / (after.at - before.at)).toFixed(3)} %`;
}

/** The CPU time of all threads, in nanoseconds. */
function processorTime(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce(
    (sum, tid) => sum + Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ')[0]),
    0,
  );
}

/** Private memory in bytes. */
function privateMemory(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return [...rollup.matchAll(/^Private_\w+: +(\d+) kB$/gm)].reduce(
    (sum, [, kilobytes]) => sum + 1024 * Number(kilobytes),
    0,
  );
}
