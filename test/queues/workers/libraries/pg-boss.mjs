import { QUEUE, work } from '../job.mjs';

/** @param PgBoss the class, of any version */
export function withPgBoss(PgBoss) {
  const started = () => {
    const boss = new PgBoss({ connectionString: process.env.POSTGRES_URL, schema: QUEUE });
    boss.on('error', console.error);
    return boss.start();
  };
  return {
    async main() {
      const boss = await started();
      await boss.work(QUEUE, { pollingIntervalSeconds: 0.5 }, ([{ data }]) => work(data.number));
      return boss;
    },
    async add(numbers) {
      const boss = await started();
      await boss.createQueue(QUEUE);
      for (const number of numbers) await boss.send(QUEUE, { number });
      await boss.stop();
    },
  };
}
