import { PgBoss } from 'pg-boss';

/** A pg-boss that has started, with the queue that is worked on here. */
export async function openQueue() {
  const boss = new PgBoss(process.env.DATABASE_URL ?? 'postgres:///swarm_example');
  boss.on('error', console.error);
  await boss.start();
  await boss.createQueue('mail');
  return boss;
}
