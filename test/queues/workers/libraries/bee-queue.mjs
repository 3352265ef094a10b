import { QUEUE, work } from '../job.mjs';

const redis = process.env.REDIS_URL;

/** @param Queue the class, of any version */
export function withBeeQueue(Queue) {
  return {
    main() {
      const queue = new Queue(QUEUE, { redis });
      queue.process(({ data }) => work(data.number));
      return queue;
    },
    async add(numbers) {
      const queue = new Queue(QUEUE, { redis, isWorker: false });
      for (const number of numbers) await queue.createJob({ number }).save();
      await queue.close();
    },
  };
}
