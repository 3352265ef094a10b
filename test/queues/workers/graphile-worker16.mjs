import { makeWorkerUtils, run } from 'graphile-worker16';
import { watchHandlers } from './handlers.mjs';
import { QUEUE, work } from './job.mjs';

const options = { connectionString: process.env.POSTGRES_URL, schema: QUEUE };

export default function () {
  const noHandleSignals = process.env.HANDLE_SIGNALS === undefined;
  if (!noHandleSignals) watchHandlers();
  const taskList = { welcome: ({ number }) => work(number) };
  return run({ ...options, taskList, concurrency: 1, pollInterval: 200, noHandleSignals });
}

export async function add(numbers) {
  const utils = await makeWorkerUtils(options);
  await utils.migrate();
  for (const number of numbers) await utils.addJob('welcome', { number });
  await utils.release();
}
