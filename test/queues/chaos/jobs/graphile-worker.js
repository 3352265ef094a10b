import { run } from 'graphile-worker';
import { mail } from './mail/graphile-worker.js';

// Version 0.18 does not wait until the database knows that a job is done, unless these statements are collected: each stop
// would leave the last job locked for 4 hours, and then to be done again.
const preset = { worker: { completeJobBatchDelay: 0 } };

export default (context) => mail(run, context, { preset });
