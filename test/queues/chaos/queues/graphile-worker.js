import pg from 'pg';
import { startPostgres } from '../../../support/postgres.js';

/**
 * graphile-worker for the driver. The jobs of a dead worker stay locked for 4 hours, and no setting changes that. A
 * process that knows of the death must call forceUnlockWorkers(). Here the driver does.
 */
export function define({ Logger, makeWorkerUtils }) {
  return {
    startServer: startPostgres,
    // PostgreSQL's fast and immediate shutdown.
    halts: ['SIGINT', 'SIGQUIT'],
    canStall: false,
    environment: (server) => ({ DATABASE_URL: server.url }),
    connect: (server) => connect({ Logger, makeWorkerUtils }, server),
  };
}

async function connect({ Logger, makeWorkerUtils }, server) {
  const pool = new pg.Pool({ connectionString: server.url, max: 2 });
  // Ignore errors while the server is away.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const utils = await makeWorkerUtils({ pgPool: pool, logger: new Logger(() => () => {}) });
  await utils.migrate();
  return {
    async enqueue(orders, { first = false } = {}) {
      const payloads = orders.map((payload) => JSON.stringify(payload));
      await pool.query(
        `select graphile_worker.add_jobs(array(
           select row('mail', payload::json, null, null, 1000, payload::json->>'job', $2::smallint, null)::graphile_worker.job_spec
           from unnest($1::text[]) as payload))`,
        [payloads, first ? -10 : 0],
      );
    },
    async left() {
      const { rows } = await pool.query(
        `select count(*) filter (where locked_at is null)::int as waiting, count(locked_at)::int as active,
           count(*) filter (where attempts >= max_attempts)::int as failed
         from graphile_worker._private_jobs`,
      );
      return rows[0];
    },
    /** Which of these jobs, done by a worker, are also done in the database. */
    async recorded(jobs) {
      const { rows } = await pool.query(
        `select job from unnest($1::text[]) as job
         where not exists (select from graphile_worker._private_jobs where key = job)`,
        [jobs],
      );
      return rows.map(({ job }) => Number(job));
    },
    buried: (workers) => utils.forceUnlockWorkers(workers),
    async close() {
      await utils.release();
      await pool.end();
    },
  };
}
