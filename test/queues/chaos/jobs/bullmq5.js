import { Worker } from 'bullmq5';
import { mail } from './mail/bullmq.js';

export default (context) => mail(Worker, context);
