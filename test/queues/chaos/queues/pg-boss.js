import { fileURLToPath } from 'node:url';
import pg from 'pg';
import PgBoss from 'pg-boss';
import { postgres } from '../servers/postgres.js';

/** pg-boss as the driver sees it. What a dead worker had expires, and another takes it. */
export const module = fileURLToPath(new URL('../jobs/pg-boss.js', import.meta.url));
export const startServer = postgres;
export const canStall = true;

export function environment(server) {
  return { DATABASE_URL: server.url };
}

export async function connect(server, { lock }) {
  const boss = new PgBoss({ connectionString: server.url, supervise: false, schedule: false });
  boss.on('error', () => {});
  await boss.start();
  await boss.createQueue('mail');
  const pool = new pg.Pool({ connectionString: server.url, max: 1 });
  pool.on('error', () => {});
  const options = { expireInSeconds: lock / 1000, retryLimit: 1000, retryDelay: 0 };
  return {
    enqueue: (orders, { first = false } = {}) =>
      boss.insert(orders.map((data) => ({ name: 'mail', data, priority: first ? 10 : 0, ...options }))),
    async left() {
      const { rows } = await pool.query('select state, count(*)::int from pgboss.job where name = $1 group by 1', ['mail']);
      const count = (...states) =>
        rows.filter(({ state }) => states.includes(state)).reduce((sum, row) => sum + row.count, 0);
      return { waiting: count('created', 'retry'), active: count('active'), failed: count('failed', 'cancelled') };
    },
    // Maintenance, in the other workers, finds what has expired.
    async buried() {},
    async close() {
      await boss.stop({ graceful: false });
      await pool.end();
    },
  };
}
