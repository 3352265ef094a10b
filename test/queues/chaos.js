// Chaos: incidents disturb a swarm of 4 workers with a real queue on a real server. Every job must be done, and only
// jobs of disturbed workers can be done twice.
//
//   node chaos.js --queue bullmq|bullmq5|pg-boss|pg-boss10|graphile-worker|graphile-worker16 --mode fork|spawn [--graceful] [--own] [--jobs N] [--incidents N] [--seed N]
//                 [--kinds kill,stop,…] [--lock seconds] [--longest ms] [--json]
//   node chaos.js --all [--jobs N] …       every queue, both modes, chaos and graceful, and own signal handlers
//
// --own: all incidents are graceful, and the workers have their own signal handlers instead of swarm's.
//
// The same seed makes the same incidents, in the same order, each for the worker in the same slot. chaos/incidents.js
// describes the incidents, and chaos/verdict.js what must be true in the end. --lock is the time after which a silent
// worker loses its jobs: on a busy machine it must not be short. --longest is the longest duration of a job: if there
// are few jobs, they must be long, so that some still run when an incident happens.
import { parseArgs } from 'node:util';
import { campaign } from './chaos/campaign.js';
import { OWN, queuesHere } from './chaos/queues/index.js';
import { describeIncident, summary, table } from './chaos/report.js';

const MODES = ['fork', 'spawn'];

const { values: options } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    queue: { type: 'string', default: 'bullmq' },
    mode: { type: 'string', default: 'fork' },
    graceful: { type: 'boolean', default: false },
    own: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '20000' },
    incidents: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    kinds: { type: 'string' },
    longest: { type: 'string', default: '20' },
    lock: { type: 'string', default: '6' },
    json: { type: 'boolean', default: false },
  },
});
const here = queuesHere();
if (options.own && !OWN.includes(options.queue)) {
  console.error(`With --own, --queue is one of ${OWN.join(', ')}.`);
  process.exit(2);
}
if (!here.includes(options.queue) || !MODES.includes(options.mode)) {
  console.error(`On this Node --queue is one of ${here.join(', ')}, and --mode one of ${MODES.join(', ')}.`);
  process.exit(2);
}

const queues = options.all ? here : [options.queue];
const modes = options.all ? MODES : [options.mode];
const ways = options.all ? ['chaos', 'graceful', 'own'] : [wayOf(options)];
const rows = [];
for (const queue of queues) {
  for (const mode of modes)
    for (const way of ways.filter((each) => each !== 'own' || OWN.includes(queue))) await run({ queue, mode, way });
}
if (!options.json && rows.length > 1) console.log(`\n${summary(rows)}`);

function wayOf({ own, graceful }) {
  if (own) return 'own';
  return graceful ? 'graceful' : 'chaos';
}

async function run({ queue, mode, way }) {
  const jobs = Number(options.jobs);
  const seed = Number(options.seed);
  const incidents = Number(options.incidents ?? Math.max(1, Math.round(jobs / 700)));
  const title = `${queue}, ${mode}, ${way === 'own' ? 'own handlers' : way}`;
  if (!options.json) console.log(`${title}: ${jobs} jobs, ${incidents} incidents, seed ${seed}`);
  const begun = performance.now();
  const result = await campaign({
    queue,
    mode,
    jobs,
    incidents,
    seed,
    graceful: way !== 'chaos',
    own: way === 'own',
    longest: Number(options.longest),
    lock: Number(options.lock) * 1000,
    kinds: options.kinds?.split(','),
    onIncident: (incident) => {
      if (!options.json) console.log(`  ${describeIncident(incident)}`);
    },
  });
  const seconds = Math.round((performance.now() - begun) / 1000);
  rows.push({ title, seconds, ...result });
  if (!result.clean) process.exitCode = 1;
  if (options.json) console.log(JSON.stringify({ title, seed, seconds, ...result }));
  else console.log(table({ title, seconds, ...result }));
}
