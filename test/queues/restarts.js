// Rolling restarts of a swarm at work: 4 workers with BullMQ and a web server, jobs and requests all the time. No job is lost
// or done twice, no request is refused or cut off, and the supervisor does not grow.
//
//   node restarts.js [--restarts 50] [--mode fork|spawn] [--rate jobs a second] [--requests N] [--keep-alive] [--clients 4]
//
// Every second client keeps its connection; with --keep-alive all do. The load goes on until --requests were answered:
//
//   node restarts.js --restarts 30 --requests 50000 --keep-alive --clients 16
import { parseArgs } from 'node:util';
import { AtWork } from './at-work.js';
import { growth, measure } from './chaos/growth.js';

const COUNT = 4;

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
const samples = [];

await AtWork.run(
  {
    mode: options.mode,
    count: COUNT,
    rate: Number(options.rate),
    clients: Number(options.clients),
    keepAlive: options['keep-alive'],
  },
  restartAll,
  report,
);

async function restartAll(atWork) {
  const { scene, swarm, requests } = atWork;
  for (let restart = 1; restart <= restarts; restart += 1) {
    swarm.signal('SIGUSR2');
    await atWork.until(`generation ${restart + 1} is running`, () => renewed(swarm) === restart);
    samples.push(measure(swarm.pid));
  }
  await scene.until(
    `${wanted} requests were answered`,
    () => requests.answered >= wanted || requests.failed.length > 0,
  );
}

/** How many rolling restarts have come to their end. */
function renewed(swarm) {
  return swarm.log.filter(({ event, ms }) => event === 'reload' && ms !== undefined).length;
}

function report({ swarm, summary, failures }) {
  console.log(`${options.mode}: ${renewed(swarm)} rolling restarts, ${summary}`);
  if (renewed(swarm) !== restarts) failures.push(`${renewed(swarm)} rolling restarts came to their end`);
  for (const { name, before, after, most, grown } of growth(samples)) {
    console.log(`supervisor, ${name}: ${before} in the second fifth, ${after} in the last, ${most} at most`);
    if (grown) failures.push(`the supervisor grew: ${name} from ${before} to ${after}`);
  }
}
