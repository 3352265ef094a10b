import { makeWorkerUtils, run } from 'graphile-worker16';
import { withGraphileWorker } from './libraries/graphile-worker.mjs';

const { main, add } = withGraphileWorker({ makeWorkerUtils, run });

export { add, main as default };
