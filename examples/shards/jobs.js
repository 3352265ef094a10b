import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/** Distinguishes these advisory locks from others in the same database. */
const LOCKS = 7_793;

/** Milliseconds between two checks for work, or for a free shard. */
const POLL = 200;

/** swarm calls this in each worker. The worker is ready when it returns. */
export default async function ({ worker, drain, quietSignal, stopSignal }) {
  const shard = { index: worker.index, count: Number(process.env.SHARDS ?? worker.count) };
  const client = new Client({ connectionString: process.env.DATABASE_URL ?? 'postgres:///swarm_example' });
  await client.connect();
  // Not awaited: a worker that this one replaces keeps the shard until this one is ready, then finishes its event.
  drain(work(client, shard, quietSignal, stopSignal));
}

/**
 * PostgreSQL holds a lock as long as its connection lasts, so everything that needs the lock uses the same connection.
 * Connection errors are not handled: a worker that loses the connection dies, and its replacement starts over.
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

/** @returns whether there was an event */
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

/** Adds a statement for each customer every 5 seconds, even if index 0 moves to another process. */
async function schedule(client, { index }) {
  const { rowCount } = await client.query(`
    insert into events (customer, what)
    select customer, 'statement' from generate_series(0, 7) as customer
    where not exists (select from events where what = 'statement' and added_at > now() - interval '5 seconds')
  `);
  if (rowCount > 0) console.log(`worker ${index}: scheduled ${rowCount} statements`);
}

/**
 * Finds the oldest event in this shard. Only the holder of the lock handles its events, so they are handled in order.
 */
async function next(client, { index, count }) {
  const { rows } = await client.query(
    'select id, customer, what from events where done_at is null and customer % $1 = $2 order by id limit 1',
    [count, index],
  );
  return rows[0];
}

/** Handles an event. If the worker is killed before it marks the event, another one handles it again. */
async function handle(client, { index }, { id, customer, what }) {
  await sleep(50);
  await client.query('update events set done_at = now() where id = $1', [id]);
  console.log(`worker ${index}: ${what} of customer ${customer}`);
}
