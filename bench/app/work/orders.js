import _ from 'lodash';
import { DateTime } from 'luxon';
import { z } from 'zod';
import { database, redis, reject } from '../clients.js';
import { makeOrders, totalOf } from '../data.js';

const Orders = z.array(
  z.object({
    id: z.uuid(),
    customer: z.object({ email: z.email(), city: z.string().min(1) }),
    placedAt: z.iso.datetime(),
    lines: z
      .array(
        z.object({ sku: z.string(), name: z.string(), quantity: z.int().positive(), cents: z.int().nonnegative() }),
      )
      .min(1),
  }),
);

/** Parses and validates a batch, sums it by city, and builds the SQL that would store it. */
export async function importOrders(number) {
  const received = JSON.stringify(makeOrders(number, 40));
  const checked = Orders.safeParse(JSON.parse(received));
  if (!checked.success) throw reject(checked.error.message);

  const cities = _.chain(checked.data)
    .groupBy('customer.city')
    .mapValues((orders) => ({ orders: orders.length, cents: _.sumBy(orders, totalOf) }))
    .toPairs()
    .sortBy(([, { cents }]) => -cents)
    .fromPairs()
    .value();
  const rows = checked.data.map((order) => {
    const placed = DateTime.fromISO(order.placedAt, { zone: 'utc' });
    const due = placed.endOf('month');
    const days = Math.ceil(due.diff(placed, 'days').days);
    return { id: order.id, email: order.customer.email, cents: totalOf(order), due: due.toISODate(), days };
  });
  const insert = database('orders').insert(rows.slice(0, 50)).onConflict('id').merge().toSQL().toNative();
  return { cities, parameters: insert.bindings.length, sql: insert.sql.length, redis: redis.status };
}
