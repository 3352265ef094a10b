import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/** Distinguishes these advisory locks from others in the same database. */
const LOCKS = 7_793;

/** How often a worker looks for work, or whether its shard is free. Milliseconds. */
const POLL = 200;

/** swarm calls this in each worker, which is ready when it has returned. */
export default async function ({ worker, drain, quietSignal, stopSignal }) {
  const shard = { index: worker.index, count: Number(process.env.SHARDS ?? worker.count) };
  const client = new Client({ connectionString: process.env.DATABASE_URL ?? 'postgres:///swarm_example' });
  await client.connect();
  // Not awaited: a worker that this one replaces keeps the shard until this one is ready, and then finishes its event.
  drain(work(client, shard, quietSignal, stopSignal));
}

/**
 * PostgreSQL holds a lock as long as its connection lasts, so everything that needs the lock uses the same connection.
 * No listener handles its errors: a worker that loses the connection ends, and its successor starts over.
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

/** @returns whether there was something to do */
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

/** A statement for each customer, every 5 seconds, whichever process has index 0 by then. */
async function schedule(client, { index }) {
  const { rowCount } = await client.query(`
    insert into events (customer, what)
    select customer, 'statement' from generate_series(0, 7) as customer
    where not exists (select from events where what = 'statement' and added_at > now() - interval '5 seconds')
  `);
  if (rowCount > 0) console.log(`worker ${index}: scheduled ${rowCount} statements`);
}

/**
 * The oldest event of a customer in this shard. The holder of the lock is alone with them, so they are handled in
 * order.
 */
async function next(client, { index, count }) {
  const { rows } = await client.query(
    'select id, customer, what from events where done_at is null and customer % $1 = $2 order by id limit 1',
    [count, index],
  );
  return rows[0];
}

/** An event whose worker is killed before it is marked is handled again. */
async function handle(client, { index }, { id, customer, what }) {
  await sleep(50);
  await client.query('update events set done_at = now() where id = $1', [id]);
  console.log(`worker ${index}: ${what} of customer ${customer}`);
}
