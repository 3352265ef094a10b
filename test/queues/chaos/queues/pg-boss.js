import pg from 'pg';
import { startPostgres } from '../../../support/postgres.js';

/** pg-boss for the driver. The jobs of a dead worker expire, then another worker takes them. */
export function define({ PgBoss, default: PgBoss10 }) {
  return {
    startServer: startPostgres,
    // PostgreSQL's fast and immediate shutdown.
    halts: ['SIGINT', 'SIGQUIT'],
    canStall: true,
    // Version 10 does not wait for a pending fetch when it stops, and then begins the jobs that it fetched.
    beginsWhileStopping: !PgBoss,
    environment: (server) => ({ DATABASE_URL: server.url }),
    connect: (server, { lock }) => connect({ Boss: PgBoss ?? PgBoss10, isOld: !PgBoss }, server, lock),
  };
}

async function connect({ Boss, isOld }, server, lock) {
  const boss = new Boss({ connectionString: server.url, supervise: false, schedule: false });
  boss.on('error', () => {});
  await boss.start();
  await boss.createQueue('mail');
  const pool = new pg.Pool({ connectionString: server.url, max: 1 });
  pool.on('error', () => {});
  const options = { expireInSeconds: lock / 1000, retryLimit: 1000, retryDelay: 0 };
  return {
    enqueue(orders, { first = false } = {}) {
      const jobs = orders.map((data) => ({
        name: 'mail',
        id: idOf(data.job),
        data,
        priority: first ? 10 : 0,
        ...options,
      }));
      // insert() takes the name from version 11 on.
      return isOld ? boss.insert(jobs) : boss.insert('mail', jobs);
    },
    async left() {
      const { rows } = await pool.query('select state, count(*)::int from pgboss.job where name = $1 group by 1', [
        'mail',
      ]);
      const count = (...states) =>
        rows.filter(({ state }) => states.includes(state)).reduce((sum, row) => sum + row.count, 0);
      return { waiting: count('created', 'retry'), active: count('active'), failed: count('failed', 'cancelled') };
    },
    /** Which of these jobs, done by a worker, are also done in the database. */
    async recorded(jobs) {
      const { rows } = await pool.query(
        "select data->'job' as job from pgboss.job where name = $1 and id = any($2) and state = 'completed'",
        ['mail', jobs.map(idOf)],
      );
      return rows.map(({ job }) => job);
    },
    // Maintenance in other workers finds the expired jobs.
    async buried() {},
    async close() {
      await boss.stop({ graceful: false });
      await pool.end();
    },
  };
}

/** The UUID of a job, so that the primary key finds it. */
function idOf(job) {
  return `00000000-0000-4000-8000-${String(job).padStart(12, '0')}`;
}
