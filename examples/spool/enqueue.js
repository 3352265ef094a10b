// Puts example jobs into the spool:   node enqueue.js 100
import { Queue, SPOOL } from './queue.js';
import { exampleJob } from './work.js';

const count = Number(process.argv[2]);
if (!Number.isInteger(count) || count < 1) {
  console.error('usage: node enqueue.js <number of jobs>');
  process.exit(64);
}
const queue = new Queue();
await queue.open();
for (let number = 0; number < count; number += 1) await queue.add(exampleJob(number));
console.log(`${count} jobs are in ${SPOOL}`);
