import { watchHandlers } from '../handlers.mjs';
import { QUEUE, work } from '../job.mjs';

const options = { connectionString: process.env.POSTGRES_URL, schema: QUEUE };

/** @param library the module, of any version */
export function withGraphileWorker({ makeWorkerUtils, run }) {
  return {
    main() {
      const noHandleSignals = process.env.HANDLE_SIGNALS === undefined;
      if (!noHandleSignals) watchHandlers();
      const taskList = { welcome: ({ number }) => work(number) };
      return run({ ...options, taskList, concurrency: 1, pollInterval: 200, noHandleSignals });
    },
    async add(numbers) {
      const utils = await makeWorkerUtils(options);
      await utils.migrate();
      for (const number of numbers) await utils.addJob('welcome', { number });
      await utils.release();
    },
  };
}
