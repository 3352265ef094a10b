// Rolling restarts under load: 4 workers with BullMQ and a web server, and a constant stream of jobs and requests. No
// job may be lost or done twice, no request refused or cut off, and the supervisor must not grow.
//
//   node restarts.js [--restarts 50] [--mode fork|spawn] [--rate jobs a second] [--requests N] [--keep-alive] [--clients 4]
//
// Every second client keeps its connection; with --keep-alive all do. The load lasts until --requests are answered:
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
    await atWork.until(`generation ${restart + 1}`, () => renewed(swarm) === restart);
    samples.push(measure(swarm.pid));
  }
  await scene.until(`${wanted} answered requests`, () => requests.answered >= wanted || requests.failed.length > 0);
}

/** The number of rolling restarts that are complete. */
function renewed(swarm) {
  return swarm.log.filter(({ event, ms }) => event === 'reload' && ms !== undefined).length;
}

function report({ swarm, summary, failures }) {
  console.log(`${options.mode}: ${renewed(swarm)} rolling restarts, ${summary}`);
  if (renewed(swarm) !== restarts) failures.push(`only ${renewed(swarm)} of ${restarts} rolling restarts completed`);
  for (const { name, before, after, most, grown } of growth(samples)) {
    console.log(`supervisor, ${name}: ${before} in the second fifth, ${after} in the last, ${most} at most`);
    if (grown) failures.push(`the supervisor grew: ${name} from ${before} to ${after}`);
  }
}
