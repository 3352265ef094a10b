// Measures the cost of watching the memory of workers:
//
//     node bench/experiments/watching.js [--contender swarm-fork] [--count 16] [--jobs 200] [--interval 0.5] [--rounds 3]
//
// makes all workers do this many jobs, alternately unwatched and with a measurement of memory every `interval` seconds
// (swarm's default is 10). Prints the CPU time of a job, of the supervisor, and of one measurement, made here as in
// swarm.
import { parseArgs } from 'node:util';
import { Meter } from '../../dist/machine/usage.js';
import { CONTENDERS } from '../contenders/index.js';
import { memoryOf } from '../measure/memory.js';
import { cpuTimeOf, readProc } from '../measure/processes.js';
import { Session } from '../measure/session.js';
import { makePlace } from '../place.js';
import { median } from '../report/statistics.js';

const text = (value) => ({ type: 'string', default: value });
const { values } = parseArgs({
  options: {
    contender: text('swarm-fork'),
    count: text('16'),
    jobs: text('200'),
    interval: text('0.5'),
    rounds: text('3'),
  },
});
const [count, jobs, rounds] = ['count', 'jobs', 'rounds'].map((name) => Number(values[name]));
const contender = CONTENDERS[values.contender];
const place = makePlace(process.execPath);
const UNWATCHED = { SWARM_MAXMEM_MB: '0' };
// So much that no worker is recycled.
const WATCHED = { SWARM_MAXMEM_MB: '100000', SWARM_MEMORY_INTERVAL: values.interval };

let session;
process.on('exit', () => session?.kill());
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const seen = { unwatched: [], watched: [] };
for (let round = 0; round < rounds; round += 1) {
  seen.unwatched.push(await measure(UNWATCHED));
  seen.watched.push(await measure(WATCHED));
}
for (const [how, all] of Object.entries(seen)) {
  const of = (name) => median(all.map((each) => each[name]));
  console.log(
    `${how}: ${of('worker').toFixed(0)} MB per worker, ${of('job').toFixed(3)} ms of CPU time per job, ` +
      `${of('supervisor').toFixed(1)} ms of the supervisor in ${of('seconds').toFixed(1)} s`,
  );
}
console.log(
  `one measurement of ${count} workers: ${median(seen.watched.map(({ look }) => look)).toFixed(1)} ms of CPU time`,
);
process.exit();

async function measure(variables) {
  const environment = (...args) => ({ ...contender.environment?.(...args), ...variables });
  session = new Session({ ...contender, environment }, count, place);
  await session.start();
  const supervisor = session.processes().filter((pid) => readProc(pid, 'cmdline').startsWith('swarm supervisor'));
  const before = [cpuTimeOf(supervisor), cpuTimeOf(session.workers()), performance.now()];
  await session.ask('work', {});
  for (let least = 0; least < jobs; ) {
    least = Math.min(...[...(await session.ask('count')).values()].map((answer) => answer.jobs));
  }
  await session.ask('rest');
  const done = [...(await session.ask('count')).values()].reduce((sum, answer) => sum + answer.jobs, 0);
  const after = [cpuTimeOf(supervisor), cpuTimeOf(session.workers()), performance.now()];
  const [own, workers, milliseconds] = after.map((figure, position) => figure - before[position]);
  const look = await lookAt(session.workers());
  const worker = memoryOf(session.workers()) / count / 1024 ** 2;
  await session.stop();
  await session.destroy();
  return { supervisor: own, job: workers / done, seconds: milliseconds / 1000, worker, look };
}

/** The CPU time of one measurement, in milliseconds. */
async function lookAt(pids) {
  const meter = new Meter(0);
  const times = [];
  for (let taken = 0; taken < 10; taken += 1) {
    const start = process.cpuUsage();
    await meter.measure(new Map(pids.entries()), []);
    const { user, system } = process.cpuUsage(start);
    times.push((user + system) / 1000);
  }
  return median(times);
}
