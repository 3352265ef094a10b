import { Worker } from 'bullmq';
import { mail } from './mail/bullmq.js';

export default (context) => mail(Worker, context);
