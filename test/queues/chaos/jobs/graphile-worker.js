import { run } from 'graphile-worker';
import { mail } from './mail/graphile-worker.js';

// Without this batching, version 0.18 does not wait until the database has recorded a finished job: each stop would
// leave its last job locked for 4 hours, and then the job would be done again.
const preset = { worker: { completeJobBatchDelay: 0 } };

export default (context) => mail(run, context, { preset });
