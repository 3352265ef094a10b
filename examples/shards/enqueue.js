// Adds events:   node enqueue.js 40
import { Client } from 'pg';

const count = Number(process.argv[2] ?? 40);
const client = new Client({ connectionString: process.env.DATABASE_URL ?? 'postgres:///swarm_example' });
await client.connect();
await client.query(
  `insert into events (customer, what)
   select number % 8, 'order ' || number from generate_series(0, $1::integer - 1) as number order by number`,
  [count],
);
await client.end();
console.log(`added ${count} events of 8 customers`);
