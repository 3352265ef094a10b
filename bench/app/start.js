// Where there is nobody to call the job module: the main module of a worker.
import main from './jobs.js';

main();
