// Measures how a warm-up changes the first jobs of a worker and the memory, to choose its length and what to collect:
//
//     node bench/experiments/warm-up.js [--only cluster,swarm-fork-app,swarm-fork-warm] [--count 4] [--rounds 3]
//         [--jobs 300] [--node PATH]
//
// prints the medians of this many rounds for each contender, which take turns: CPU time of the first four jobs of a
// worker (one of each kind), of the next four and of four of the last; and the proportional set size of all processes,
// idle and while the workers do this many jobs.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { CONTENDERS } from '../contenders/index.js';
import { memoryOf } from '../measure/memory.js';
import { Session } from '../measure/session.js';
import { makePlace } from '../place.js';
import { median } from '../report/statistics.js';

const text = (value) => ({ type: 'string', default: value });
const { values } = parseArgs({
  options: {
    only: text('cluster,swarm-fork-app,swarm-fork-warm'),
    count: text('4'),
    rounds: text('3'),
    jobs: text('300'),
    node: text(process.execPath),
  },
});
const [count, rounds, jobs] = [values.count, values.rounds, values.jobs].map(Number);
/** The number of jobs with one of each kind. */
const GROUP = 4;
const MB = 1024 ** 2;

const place = makePlace(values.node);
let current;
process.on('exit', () => current?.kill());
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const found = new Map(values.only.split(',').map((name) => [name, []]));
for (let round = 0; round < rounds; round += 1) {
  for (const [name, figures] of found) figures.push(await measure(CONTENDERS[name]));
}
for (const [name, figures] of found) {
  const shown = Object.keys(figures[0]).map((figure) => {
    return `${figure} ${median(figures.map((each) => each[figure])).toFixed(0)}`;
  });
  console.log(`${CONTENDERS[name].name}: ${shown.join(', ')}`);
}
process.exit();

/** Measures one round: CPU times in milliseconds, memory in MB. */
async function measure(contender) {
  current = new Session(contender, count, place);
  await current.start();
  await sleep(2000);
  const idle = memoryOf(current.processes()) / MB;
  const [first, second] = [await cpuOfGroup(), await cpuOfGroup()];
  const loaded = await memoryUnderLoad();
  const last = await cpuOfGroup();
  const { ready } = current;
  await current.stop();
  await current.destroy();
  return { ready, first, second, last, idle, loaded };
}

/** The CPU time of a group of jobs in the median worker. */
async function cpuOfGroup() {
  const answers = [...(await current.ask('run', { jobs: GROUP })).values()];
  return median(answers.map(({ cpu }) => cpu.reduce((sum, each) => sum + each)));
}

/** The median memory during the second half of the jobs. */
async function memoryUnderLoad() {
  await current.ask('work', { collectEvery: 0 });
  const seen = [];
  for (let least = 0; least < jobs; ) {
    await sleep(250);
    least = Math.min(...[...(await current.ask('count')).values()].map((answer) => answer.jobs));
    if (least > jobs / 2) seen.push(memoryOf(current.processes()) / MB);
  }
  await current.ask('rest');
  return median(seen);
}
