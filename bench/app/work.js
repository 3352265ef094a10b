import { logger } from './clients.js';
import { sendInvoice } from './work/invoice.js';
import { importOrders } from './work/orders.js';
import { publishReport } from './work/report.js';
import { handleWebhook } from './work/webhook.js';

export const KINDS = [importOrders, handleWebhook, sendInvoice, publishReport];

/** The number of results to keep, like the cache of an application. */
const KEPT = 64;
const recent = new Map();

/** Does the job with this number, which is the same in every worker. The kinds take turns. */
export async function perform(number) {
  const kind = KINDS[number % KINDS.length];
  const result = await kind(number);
  recent.set(number, result);
  recent.delete(number - KEPT);
  logger.info({ job: number, kind: kind.name, bytes: JSON.stringify(result).length }, 'done');
}
