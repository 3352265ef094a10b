// A program that knows nothing of swarm: it has its own handlers, and exits on a second signal, as many libraries do.
import { Worker } from 'bullmq';
import { mail } from '../mail/bullmq.js';

const service = mail(Worker, { worker: { index: process.env.INDEX } });
let asked = false;

async function finishThenExit(signal) {
  if (asked) {
    console.error(`worker ${process.env.INDEX}: ${signal} is the second signal, exiting at once`);
    process.exit(1);
  }
  asked = true;
  await service.close();
  process.exit();
}

process.once('SIGTERM', finishThenExit);
process.once('SIGINT', finishThenExit);
