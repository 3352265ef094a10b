import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/** Distinguishes these advisory locks from others in the same database. */
const LOCKS = 7_793;

/** Interval at which a worker polls for events or for the lock of its shard, milliseconds. */
const POLL = 200;

/** swarm calls this in each worker. The worker is ready when the promise resolves. */
export default async function ({ worker, drain, quietSignal, stopSignal }) {
  const shard = { index: worker.index, count: Number(process.env.SHARDS ?? worker.count) };
  const client = new Client({ connectionString: process.env.DATABASE_URL ?? 'postgres:///swarm_example' });
  await client.connect();
  // Not awaited: a predecessor keeps the shard until this worker is ready, and then finishes its event.
  drain(work(client, shard, quietSignal, stopSignal));
}

/**
 * An advisory lock lasts as long as its connection, so everything that needs the lock uses that connection. Its errors
 * have no listener: a worker that loses the connection dies, and its successor starts over.
 */
async function work(client, shard, quietSignal, stopSignal) {
  const pause = () => sleep(POLL, undefined, { signal: stopSignal }).catch(() => {});

  while (!stopSignal.aborted && !(await lock(client, shard))) await pause();
  if (!stopSignal.aborted) console.log(`worker ${shard.index}: has shard ${shard.index} of ${shard.count}`);
  while (!stopSignal.aborted) {
    const wasBusy = !quietSignal.aborted && (await step(client, shard));
    if (!wasBusy) await pause();
  }
  await client.end();
}

/** Handles the next event. @returns false if there was none */
async function step(client, shard) {
  if (shard.index === 0) await schedule(client, shard);
  const event = await next(client, shard);
  if (event) await handle(client, shard, event);
  return event !== undefined;
}

async function lock(client, shard) {
  const { rows } = await client.query('select pg_try_advisory_lock($1, $2) as held', [LOCKS, shard.index]);
  return rows[0].held;
}

/** Adds a statement for each customer every 5 seconds. The database has the time, so a successor keeps the schedule. */
async function schedule(client, { index }) {
  const { rowCount } = await client.query(`
    insert into events (customer, what)
    select customer, 'statement' from generate_series(0, 7) as customer
    where not exists (select from events where what = 'statement' and added_at > now() - interval '5 seconds')
  `);
  if (rowCount > 0) console.log(`worker ${index}: scheduled ${rowCount} statements`);
}

/** The oldest open event in this shard. Only the holder of the lock handles them, so their order is kept. */
async function next(client, { index, count }) {
  const { rows } = await client.query(
    'select id, customer, what from events where done_at is null and customer % $1 = $2 order by id limit 1',
    [count, index],
  );
  return rows[0];
}

/** If the worker is killed before the update, its successor handles the event again. */
async function handle(client, { index }, { id, customer, what }) {
  await sleep(50);
  await client.query('update events set done_at = now() where id = $1', [id]);
  console.log(`worker ${index}: ${what} of customer ${customer}`);
}
