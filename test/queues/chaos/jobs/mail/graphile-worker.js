import { EventEmitter } from 'node:events';
import { acknowledged, introduce, perform } from '../../record.js';

const { CONCURRENCY, DATABASE_URL } = process.env;

/** @param {typeof import('graphile-worker').run} run of which version the importing module says, with its own options */
export function mail(run, { worker }, options = {}) {
  const events = new EventEmitter();
  events.on('worker:create', ({ worker: { workerId } }) => introduce(workerId));
  // Version 0.18 says this before the database knows it: that of some jobs ago surely does.
  const completed = [];
  events.on('job:complete', ({ job, error }) => {
    if (!error) completed.push(job.payload.job);
    if (completed.length > 2 * CONCURRENCY) acknowledged(completed.shift());
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
    ...options,
    taskList: { mail: (payload, { job }) => perform(payload, { worker: job.locked_by }) },
  });
}
