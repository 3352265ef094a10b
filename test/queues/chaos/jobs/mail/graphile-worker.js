import { EventEmitter } from 'node:events';
import { acknowledged, introduce, perform } from '../../record.js';

const { CONCURRENCY, DATABASE_URL } = process.env;

/** @param {typeof import('graphile-worker').run} run of which version the importing module says, with its own options */
export function mail(run, { worker, quietSignal }, options = {}) {
  const events = new EventEmitter();
  events.on('worker:create', ({ worker: { workerId } }) => introduce(workerId));
  // Version 0.18 says this before the database knows it: that of some jobs ago surely does.
  const completed = [];
  events.on('job:complete', ({ job, error }) => {
    if (!error) completed.push(job.payload.job);
    if (completed.length > 2 * CONCURRENCY) acknowledged(completed.shift());
  });
  const leave = (why) => {
    console.error(`worker ${worker.index} leaves, and is replaced: ${why}`);
    process.kill(process.pid, 'SIGTERM');
  };
  // It could not say that a job was done. 0.16 does without one of its loops then; 0.18 ends all of them, and keeps the locks
  // of these jobs, or is stuck in that.
  events.on('worker:fatalError', ({ error }) => leave(error.message));
  events.on('pool:fatalError', ({ error }) => leave(error.message));
  // It has ended by itself. A quiet or a stop of swarm has aborted the signal before.
  events.on('stop', () => quietSignal.aborted || leave('the runner has stopped'));
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
