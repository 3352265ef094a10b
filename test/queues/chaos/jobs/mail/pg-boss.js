import { now } from '../../processes.js';
import { introduce, perform } from '../../record.js';

const { CONCURRENCY, DATABASE_URL } = process.env;
const BATCH = 10;

/** @param {import('pg-boss').PgBoss} PgBoss of the version that the importing module chooses */
export async function mail(PgBoss, { worker }) {
  const often = { superviseIntervalSeconds: 1, monitorIntervalSeconds: 1, maintenanceIntervalSeconds: 1 };
  const boss = new PgBoss({ connectionString: DATABASE_URL, ...often });
  boss.on('error', (error) => console.error(`worker ${worker.index}: ${error.message}`));
  await boss.start();
  for (let loop = 0; loop < CONCURRENCY; loop += 1) await work(boss);
  return boss;
}

async function work(boss) {
  const id = await boss.work('mail', { batchSize: BATCH, pollingIntervalSeconds: 0.5 }, async (jobs) => {
    const since = now();
    for (const { id: token, data } of jobs) await perform(data, { token: `${id} ${token}`, worker: id, since });
  });
  introduce(id);
}
