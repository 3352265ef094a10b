import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { takePage } from '../../dist/control/page.js';
import type { Status } from '../../dist/control/status.js';
import { has } from '../support/needs.ts';
import { status } from '../unit/page/statuses.ts';
import { openBrowser, Visitor } from './visitor.ts';

/** A server in place of a swarm that gives prescribed answers, or an error. */
class Answerer {
  asked = 0;
  answer: Status | 'error' = status();
  readonly #server = createServer(async ({ url }, response) => {
    if (url === '/status') {
      this.asked += 1;
      return response.writeHead(this.answer === 'error' ? 500 : 200).end(JSON.stringify(this.answer));
    }
    const { code, type, headers, body } = await takePage();
    return response.writeHead(code, { 'content-type': type, ...headers }).end(body);
  });

  async listen(): Promise<number> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => {
      this.#server.closeAllConnections();
      this.#server.close();
    });
    return (this.#server.address() as AddressInfo).port;
  }
}

describe.runIf(has('Chromium', 'the page in a browser'))('the page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  /** Visits the page with this answer, and holds its time. */
  async function seen(answer: Status) {
    const answerer = new Answerer();
    answerer.answer = answer;
    const visitor = await Visitor.come(browser);
    await visitor.holdTime();
    await visitor.page.setViewport({ width: 1440, height: 900 });
    await visitor.visit(await answerer.listen());
    await visitor.page.waitForSelector('main:not([hidden])');
    /** Makes the page request the status again, and answers with this. */
    const next = async (given: Answerer['answer']) => {
      const before = answerer.asked;
      answerer.answer = given;
      const answered = visitor.page.waitForResponse((response) => response.url().endsWith('/status'));
      // The page may still be processing the previous answer.
      while (!(await visitor.elapse()));
      await answered;
      expect(answerer.asked).toBe(before + 1);
    };
    return { answerer, visitor, next };
  }

  const linesOf = (visitor: Visitor) =>
    visitor.page.$$eval('path', (paths) => paths.map((path) => path.getAttribute('d')));

  test('sends no requests while it is hidden, and one immediately when it becomes visible', async () => {
    const { answerer, visitor, next } = await seen(status({ uptime: 60 }));
    await next(status({ uptime: 62 }));
    await visitor.untilText('#facts dd', '62s');
    await visitor.setHidden(true);
    await visitor.elapse();
    await visitor.elapse();
    expect(answerer.asked).toBe(2);
    expect((await linesOf(visitor))[2]?.match(/M/g)).toHaveLength(1);
    answerer.answer = status({ uptime: 70 });
    await visitor.setHidden(false);
    await visitor.untilText('#facts dd', '70s');
    expect(answerer.asked).toBe(3);
    expect((await linesOf(visitor))[2]?.match(/M/g)).toHaveLength(2);
  });

  test('keeps showing the last status after an error, and recovers with the next answer', async () => {
    const { visitor, next } = await seen(status({ ready: 1 }));
    await next('error');
    await visitor.untilTitle('no answer');
    expect(await visitor.texts('#state')).toEqual(['no answer']);
    expect(await visitor.texts('tbody .slot')).toEqual(['0', '1']);
    await next(status());
    await visitor.untilTitle('2/2 ready');
    expect(await visitor.texts('#remark')).toEqual(['']);
  });

  test('shows a swarm that announced its stop as stopped, not as hanging', async () => {
    const { visitor, next } = await seen(status({ phase: 'stopping' }));
    await next('error');
    await visitor.untilTitle('stopped');
    expect(await visitor.texts('#sentence')).toEqual(['The swarm has stopped']);
  });

  test('starts afresh with another swarm', async () => {
    const { visitor, next } = await seen(status({}, [{ restarts: 1 }]));
    await next(status({}, [{ restarts: 4 }]));
    await visitor.untilText('figure b', '3');
    await next(status({ pid: 999, uptime: 1 }, [{ restarts: 9, pid: 1000 }]));
    await visitor.untilText('#facts dd', '999');
    await visitor.untilText('figure b', '0');
    expect((await linesOf(visitor))[3]).toBe('M300.0 44.0h0');
  });

  test('says why a rolling restart failed', async () => {
    const { visitor } = await seen(status({ lastRollout: { generation: 2, error: 'jobs.js threw <b>' } }));
    expect(await visitor.texts('#remark')).toEqual(['Generation 2 failed: jobs.js threw <b>']);
  });

  test('scales memory to the limit, or to the memory without sharing', async () => {
    const memory = { total: 400, private: 300, shared: 100, unshared: 1600, limit: 800 };
    const { visitor, next } = await seen(status({ memory }));
    const widths = () =>
      visitor.page.$$eval('#memory .bar i', (bars) => bars.map((bar) => (bar as HTMLElement).style.width));
    expect(await widths()).toEqual(['18.75%', '6.25%', '100%']);
    expect(await visitor.page.$eval('#limit', (mark) => (mark as HTMLElement).style.left)).toBe('50%');
    await next(status({ memory: { ...memory, unshared: 0, limit: null } }));
    await visitor.page.waitForSelector('#limit[hidden]');
    expect(await widths()).toEqual(['75%', '25%', '0%']);
    await next(status({ memory: null }));
    await visitor.page.waitForSelector('#memory[hidden]');
  });

  test('shows 1000 workers, and updates only the rows that have changed', async () => {
    const workers = Array.from({ length: 1000 }, () => ({ busy: 'mail: job 7' }));
    const { visitor, next } = await seen(status({}, workers));
    expect(await visitor.texts('h1')).toEqual(['1000 of 1000 workers ready']);
    expect(await visitor.page.$$eval('tbody tr', ({ length }) => length)).toBe(1000);
    expect(await visitor.page.$$eval('#field i', ({ length }) => length)).toBe(1000);
    await visitor.page.evaluate(() => {
      const changed = new Set<string>();
      Object.assign(globalThis, { changed });
      new MutationObserver((changes) => {
        for (const { target } of changes) {
          const element = target instanceof Element ? target : target.parentElement;
          changed.add(element?.closest('tr')?.querySelector('.slot')?.textContent ?? 'table');
        }
      }).observe(document.querySelector('tbody') as Element, { subtree: true, childList: true, characterData: true });
    });
    // CPU shares are unknown before the second answer.
    await next(status({ uptime: 60 }, workers));
    await next(status({ uptime: 60 }, workers.with(617, { busy: 'mail: job 8' })));
    await visitor.untilText('tbody .busy', 'mail: job 8');
    expect(await visitor.page.evaluate('[...changed]')).toEqual(['617']);
    await visitor.page.setViewport({ width: 360, height: 800 });
    expect(await visitor.overflow()).toBe(0);
  });
});
