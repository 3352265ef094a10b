const PROGRAM = './contenders/programs/threads.js';

/** All workers are threads of one process. They cannot be killed from outside, so their replacement is not measured. */
export const threads = {
  name: 'worker_threads',
  command: (count) => [PROGRAM, count],
  workersArePids: false,
};
