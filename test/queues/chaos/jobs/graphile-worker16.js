import { run } from 'graphile-worker16';
import { mail } from './mail/graphile-worker.js';

export default (context) => mail(run, context);
