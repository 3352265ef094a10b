import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { load } from 'cheerio';
import Handlebars from 'handlebars';
import { DateTime } from 'luxon';
import { makeOrders, totalOf } from '../data.js';

const compress = promisify(gzip);

Handlebars.registerHelper('money', (cents) => `€ ${(cents / 100).toFixed(2)}`);
const template = Handlebars.compile(`<!doctype html><title>Invoices</title>
{{#each invoices}}
  <article id="{{id}}"><h2>{{customer.email}}, {{customer.city}}</h2><p class="due">{{due}}</p>
    <table>{{#each lines}}<tr><td>{{sku}}</td><td>{{name}}</td><td>{{quantity}}</td><td>{{money cents}}</td></tr>{{/each}}</table>
    <p>Total: <b>{{money total}}</b>, see <a href="/orders/{{id}}">your order</a></p></article>
{{/each}}`);

/** Renders invoices as HTML, makes their links absolute, and compresses the mail. */
export async function sendInvoice(number) {
  const invoices = makeOrders(number, 3).map((order) => ({
    ...order,
    total: totalOf(order),
    due: DateTime.fromISO(order.placedAt).plus({ days: 30 }).toFormat('d MMMM yyyy'),
  }));
  const page = load(template({ invoices }));
  page('a[href^="/"]').each((_, link) => {
    page(link).attr('href', `https://shop.example.com${page(link).attr('href')}`);
  });
  const mail = await compress(page.html());
  return { invoices: page('article').length, links: page('a[href^="https:"]').length, bytes: mail.length };
}
