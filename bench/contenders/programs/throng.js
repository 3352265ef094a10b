// As in throng's README; the application is loaded in the workers alone.
import throng from 'throng';

const [module, count] = process.argv.slice(2);
throng({ worker: () => import(module), count: Number(count) });
