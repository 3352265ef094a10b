import { PgBoss } from 'pg-boss';

/** Starts pg-boss, and creates the queue of this example. */
export async function openQueue() {
  const boss = new PgBoss(process.env.DATABASE_URL ?? 'postgres:///swarm_example');
  boss.on('error', console.error);
  await boss.start();
  await boss.createQueue('mail');
  return boss;
}
