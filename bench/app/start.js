// The main module of a worker under a supervisor that does not call the job module.
import main from './jobs.js';

main();
