import Queue from 'bee-queue';
import { withBeeQueue } from './libraries/bee-queue.mjs';

const { main, add } = withBeeQueue(Queue);

export { add, main as default };
