import { PostgresBackend } from '@agendajs/postgres-backend';
import { Agenda } from 'agenda';
import { QUEUE, work } from './job.mjs';

export default async function () {
  // Else each worker creates the schema, and PostgreSQL rejects concurrent attempts ("tuple concurrently updated").
  const agenda = newAgenda({ ensureSchema: false });
  agenda.define('welcome', ({ attrs }) => work(attrs.data.number), { concurrency: 1, lockLimit: 1 });
  await agenda.start();
  return agenda;
}

export async function add(numbers) {
  const agenda = newAgenda();
  await agenda.ready;
  for (const number of numbers) await agenda.now('welcome', { number });
  await agenda.backend.disconnect();
}

function newAgenda(options) {
  const backend = new PostgresBackend({ connectionString: process.env.POSTGRES_URL, tableName: QUEUE, ...options });
  return new Agenda({ backend, processEvery: 200 });
}
