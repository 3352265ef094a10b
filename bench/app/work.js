import { logger } from './clients.js';
import { sendInvoice } from './work/invoice.js';
import { importOrders } from './work/orders.js';
import { publishReport } from './work/report.js';
import { handleWebhook } from './work/webhook.js';

export const KINDS = [importOrders, handleWebhook, sendInvoice, publishReport];

/** So many results are kept, as an application keeps its caches. */
const KEPT = 64;
const recent = new Map();

/** Does the job with this number, the same in every worker: the kinds take turns. */
export async function perform(number) {
  const kind = KINDS[number % KINDS.length];
  const result = await kind(number);
  recent.set(number, result);
  recent.delete(number - KEPT);
  logger.info({ job: number, kind: kind.name, bytes: JSON.stringify(result).length }, 'done');
}
