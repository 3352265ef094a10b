import { createHash } from 'node:crypto';
import { Ajv } from 'ajv';
import jwt from 'jsonwebtoken';
import { v4, v7 } from 'uuid';
import { reject, STRIPE_SECRET, stripe, warehouse } from '../clients.js';
import { makeOrders } from '../data.js';

const validate = new Ajv({ allErrors: true }).compile({
  type: 'object',
  required: ['id', 'orders'],
  properties: {
    id: { type: 'string', minLength: 8 },
    orders: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'customer', 'lines'],
        properties: {
          id: { type: 'string', pattern: '^[0-9a-f-]{36}$' },
          customer: { type: 'object', required: ['email'], properties: { email: { type: 'string' } } },
          lines: { type: 'array', minItems: 1, items: { type: 'object', required: ['sku', 'quantity'] } },
        },
      },
    },
  },
});

/** Verifies the signature of a payment event, validates it, and forwards it with a token. */
export async function handleWebhook(number) {
  const orders = makeOrders(number, 3);
  const payload = JSON.stringify({ id: `evt_${v4()}`, object: 'event', type: 'charge.succeeded', data: { orders } });
  const header = stripe.webhooks.generateTestHeaderString({ payload, secret: STRIPE_SECRET });
  const event = stripe.webhooks.constructEvent(payload, header, STRIPE_SECRET);
  if (!validate({ id: event.id, orders: event.data.orders })) throw reject(JSON.stringify(validate.errors));

  const receipts = event.data.orders.map((order) => {
    const token = jwt.sign({ order: order.id, batch: v7() }, 'a secret', { expiresIn: '1h' });
    return { order: jwt.verify(token, 'a secret').order, sha256: createHash('sha256').update(token).digest('hex') };
  });
  const { data } = await warehouse.post('/receipts', { receipts });
  return { event: event.id, receipts, bytes: data.length };
}
