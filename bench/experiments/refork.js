// Tests whether a drained worker should become the next mold (refork.md has the answer):
//
//     node bench/experiments/refork.js [--part memory,queue,state] [--count 4] [--jobs 300] [--rounds 3]
//         [--generations 3] [--node PATH]
//
// memory: runs the jobs of the bench in workers of the first mold, cold and warmed up, and of molds that were workers;
// prints medians. queue: runs BullMQ on a separate Redis for three generations. state: finds out which state of an
// application does not survive.
import { parseArgs } from 'node:util';
import { makePlace } from '../place.js';
import { measureMemory } from './refork/memory.js';
import { workQueue } from './refork/queue-run.js';
import { tryStates } from './refork/state-run.js';

const text = (value) => ({ type: 'string', default: value });
const { values } = parseArgs({
  options: {
    part: text('memory,queue,state'),
    count: text('4'),
    jobs: text('300'),
    rounds: text('3'),
    generations: text('3'),
    node: text(process.execPath),
  },
});
const [count, jobs, rounds, generations] = ['count', 'jobs', 'rounds', 'generations'].map((name) =>
  Number(values[name]),
);
const { directory, node } = makePlace(values.node);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const parts = {
  memory: () => measureMemory({ directory, node, count, jobs, rounds, generations }),
  queue: () => workQueue({ directory, node, count, jobs, generations }),
  state: () => tryStates({ directory, node }),
};
for (const name of values.part.split(',')) await parts[name]();
process.exit();
