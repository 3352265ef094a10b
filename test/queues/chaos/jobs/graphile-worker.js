import { EventEmitter } from 'node:events';
import { run } from 'graphile-worker';
import { acknowledged, introduce, perform } from '../record.js';

const { CONCURRENCY, DATABASE_URL } = process.env;

export default function ({ worker }) {
  const events = new EventEmitter();
  events.on('worker:create', ({ worker: { workerId } }) => introduce(workerId));
  events.on('job:complete', ({ job, error }) => {
    if (!error) acknowledged(job.payload.job);
  });
  // One of its loops has ended for good, because it could not say that a job was done. This process drains, and is replaced.
  events.on('worker:fatalError', ({ error }) => {
    console.error(`worker ${worker.index}: ${error.message}`);
    process.kill(process.pid, 'SIGTERM');
  });
  return run({
    connectionString: DATABASE_URL,
    concurrency: Number(CONCURRENCY),
    pollInterval: 500,
    // swarm does.
    noHandleSignals: true,
    events,
    taskList: { mail: (payload, { job }) => perform(payload, { worker: job.locked_by }) },
  });
}
