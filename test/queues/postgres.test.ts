import { afterAll, beforeAll } from 'vitest';
import { has } from '../support/needs.ts';
import { type Postgres, startPostgres } from '../support/postgres.js';
import { describeDraining } from './draining.ts';
import { isNode } from './queue.ts';

let postgres: Postgres | undefined;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

const runs = has('PostgreSQL', 'queue libraries');
const servers = () => ({ POSTGRES_URL: postgres?.url });

const job = /^graphile-worker: job 1 "welcome"$/;

describeDraining('pg-boss', {
  module: 'pg-boss.mjs',
  // pg-boss does not tell which job it is.
  named: /^PgBoss: a job of "queue\w+"$/,
  servers,
  runs: runs && isNode(22, 12),
});
describeDraining('pg-boss 10', { module: 'pg-boss10.mjs', named: /^PgBoss to close, /, servers, runs });
describeDraining('graphile-worker', {
  module: 'graphile-worker.mjs',
  named: job,
  servers,
  runs: runs && isNode(22, 18),
});
describeDraining('graphile-worker 0.16', { module: 'graphile-worker16.mjs', named: job, servers, runs });
describeDraining('Agenda', { module: 'agenda.mjs', named: /^Agenda: job [\w-]+ "welcome"$/, servers, runs });
