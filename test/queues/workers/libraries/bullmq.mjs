import { QUEUE, work } from '../job.mjs';

const connection = { url: process.env.REDIS_URL };

/** @param library the classes, of any version */
export function withBullmq({ Queue, Worker }) {
  return {
    main() {
      const concurrency = Number(process.env.CONCURRENCY ?? 1);
      return new Worker(QUEUE, ({ data }) => work(data.number), { connection, concurrency });
    },
    async add(numbers) {
      const queue = new Queue(QUEUE, { connection });
      for (const number of numbers) await queue.add('welcome', { number });
      await queue.close();
    },
  };
}
