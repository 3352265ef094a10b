import PgBoss from 'pg-boss10';
import { QUEUE, work } from './job.mjs';

export default async function () {
  const boss = await started();
  await boss.work(QUEUE, { pollingIntervalSeconds: 0.5 }, ([{ data }]) => work(data.number));
  return boss;
}

export async function add(numbers) {
  const boss = await started();
  await boss.createQueue(QUEUE);
  for (const number of numbers) await boss.send(QUEUE, { number });
  await boss.stop();
}

async function started() {
  const boss = new PgBoss({ connectionString: process.env.POSTGRES_URL, schema: QUEUE });
  boss.on('error', console.error);
  return boss.start();
}
