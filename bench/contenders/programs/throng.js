// As in throng's README. Only the workers load the application.
import throng from 'throng';

const [count] = process.argv.slice(2);
throng({ worker: () => import('../../app/start.js'), count: Number(count) });
