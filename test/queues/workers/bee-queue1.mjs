import Queue from 'bee-queue1';
import { withBeeQueue } from './libraries/bee-queue.mjs';

const { main, add } = withBeeQueue(Queue);

export { add, main as default };
