import { Queue, Worker } from 'bullmq5';
import { withBullmq } from './libraries/bullmq.mjs';

const { main, add } = withBullmq({ Queue, Worker });

export { add, main as default };
