import { EventEmitter } from 'node:events';
import { introduce, perform } from '../../record.js';

const { CONCURRENCY, DATABASE_URL } = process.env;

/** @param {typeof import('graphile-worker').run} run of the version that the importing module chooses */
export function mail(run, { worker, quietSignal }, options = {}) {
  const events = new EventEmitter();
  // Before they ask for jobs, because the driver must unlock the jobs of a process that dies as soon as it has some.
  // Version 0.16 locks jobs in the name of the loop, 0.18 in that of the pool.
  events.on('pool:create', ({ workerPool }) => workerPool.id && introduce(workerPool.id));
  events.on('worker:create', ({ worker: { workerId } }) => introduce(workerId));
  const leave = (why) => {
    console.error(`worker ${worker.index} leaves, and is replaced: ${why}`);
    process.kill(process.pid, 'SIGTERM');
  };
  // The library could not record that a job was done. Then 0.16 loses one of its loops; 0.18 ends all loops and keeps
  // the locks of their jobs, or gets stuck.
  events.on('worker:fatalError', ({ error }) => leave(error.message));
  events.on('pool:fatalError', ({ error }) => leave(error.message));
  // The runner stopped by itself, unless quiet or a stop has aborted quietSignal before.
  events.on('stop', () => quietSignal.aborted || leave('the runner has stopped'));
  return run({
    connectionString: DATABASE_URL,
    concurrency: Number(CONCURRENCY),
    pollInterval: 500,
    // swarm handles signals.
    noHandleSignals: true,
    events,
    ...options,
    taskList: { mail: (payload, { job }) => perform(payload, { worker: job.locked_by }) },
  });
}
