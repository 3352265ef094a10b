import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { has } from '../support/needs.ts';
import { kill } from '../support/processes.ts';
import { Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { freePort } from '../support/web.ts';
import { contrasts } from './contrasts.ts';
import { openBrowser, Visitor } from './visitor.ts';

/** A text that must not become markup or a script. */
const WORDS = '<img src=x onerror=alert(1)></td></script><script>alert(2)</script>&lt;b&gt;';

/** A swarm with a page. Its workers become ready when the test lets them through. */
class Shown {
  readonly swarm: Swarm;
  readonly port: number;
  readonly #go: string;

  static async start(count: number, env: NodeJS.ProcessEnv = {}, port?: number): Promise<Shown> {
    return new Shown(count, join(await temporaryDirectory(), 'go'), port ?? (await freePort()), env);
  }

  private constructor(count: number, go: string, port: number, given: NodeJS.ProcessEnv) {
    this.port = port;
    this.#go = go;
    const env = { COUNT: String(count), SWARM_LISTEN: `127.0.0.1:${port}`, GO: go, SWARM_LOG_FORMAT: 'json', ...given };
    this.swarm = new Swarm(['-r', './jobs.mjs'], { env, cwd: import.meta.dirname });
  }

  letThrough(...indexes: number[]): void {
    for (const index of indexes) writeFileSync(`${this.#go}.${index}`, '');
  }

  holdUp(index: number): void {
    rmSync(`${this.#go}.${index}`);
  }

  /** Stops the swarm, and expects a clean exit. */
  async stop(): Promise<void> {
    this.swarm.signal('SIGTERM');
    expect(await this.swarm.exited).toEqual({ code: 0, signal: null });
  }
}

describe.runIf(has('Chromium', 'the page in a browser'))('the page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  /** Visits the page of a swarm whose workers are all let through. */
  async function visited(count: number, env: NodeJS.ProcessEnv = {}) {
    const shown = await Shown.start(count, env);
    shown.letThrough(...Array(count).keys());
    const visitor = await Visitor.come(browser);
    await shown.swarm.event('boot');
    await visitor.visit(shown.port);
    return { shown, visitor };
  }

  test('follows a swarm from its boot to its end, and then the next one on the same port', async () => {
    const shown = await Shown.start(2, { DYNO: 'worker.7' });
    await shown.swarm.heard('waits', 2);
    const visitor = await Visitor.come(browser);
    await visitor.visit(shown.port);
    await visitor.untilTitle('0/2 ready · worker.7');
    expect(await visitor.texts('#state')).toEqual(['starting']);
    expect(await visitor.texts('tbody .state')).toEqual(['starting', 'starting']);
    shown.letThrough(0, 1);
    await visitor.untilTitle('2/2 ready');
    expect(await visitor.texts('#sentence')).toEqual(['2 of 2 workers ready']);
    expect(await visitor.texts('tfoot .state')).toContain('supervisor');

    shown.holdUp(0);
    shown.swarm.signal('SIGUSR2');
    await visitor.untilText('#state', 'rolling restart');
    await visitor.untilText('#sentence', 'Generation 2 has its first worker on trial');
    shown.letThrough(0);
    await visitor.untilText('#facts dd', '2');
    await visitor.untilTitle('2/2 ready');

    shown.swarm.signal('SIGUSR1');
    await visitor.untilTitle('quiet');
    expect(visitor.complaints).toEqual([]);
    await shown.stop();
    await visitor.untilTitle('no answer');
    expect(await visitor.texts('#sentence')).toEqual(['The swarm does not answer']);

    const next = await Shown.start(1, { DYNO: 'worker.8' }, shown.port);
    next.letThrough(0);
    await visitor.untilTitle('1/1 ready · worker.8');
    expect(await visitor.texts('tbody .slot')).toEqual(['0']);
  });

  test('requests only the status, and causes no complaints of the browser', async () => {
    const { visitor } = await visited(2);
    await visitor.untilTitle('2/2 ready');
    await visitor.page.waitForFunction(() => /%/.test(document.querySelector('tbody .cpu')?.textContent ?? ''));
    expect(new Set(visitor.requests.filter((path) => !path.startsWith('data:')))).toEqual(new Set(['/', '/status']));
    expect(visitor.complaints).toEqual([]);
  });

  test('shows the death of a worker, and its replacement', async () => {
    const { shown, visitor } = await visited(3);
    await visitor.untilTitle('3/3 ready');
    shown.holdUp(1);
    const killed = shown.swarm.events('worker.ready').find(({ index }) => index === 1)?.pid as number;
    kill(killed, 'SIGKILL');
    await visitor.untilTitle('2/3 ready');
    expect(await visitor.texts('tbody .state')).toEqual(['ready', 'starting', 'ready']);
    await visitor.untilText('#state', 'not ready');
    await visitor.untilText('#events li[data-level=warn] span', 'worker.exit');
    shown.letThrough(1);
    await visitor.untilTitle('3/3 ready');
    expect(await visitor.texts('tbody .restarts')).toEqual(['0', '1', '0']);
    expect(await visitor.texts('tbody .pid')).not.toContain(String(killed));
    await visitor.untilText('figure b', '1');
    expect(visitor.complaints).toEqual([]);
  });

  test('shows the words of a worker, an error and a host name only as text', async () => {
    const { visitor } = await visited(3, { WORDS, DYNO: WORDS });
    await visitor.untilText('tbody .busy', WORDS);
    await visitor.page.waitForFunction(
      (words) => document.querySelector('#events')?.textContent?.includes(words),
      {},
      WORDS.slice(0, 60),
    );
    expect(await visitor.page.title()).toContain(WORDS);
    expect(await visitor.texts('#facts dd')).toContain(WORDS);
    expect(await visitor.page.$$eval('img, td script, b > b', ({ length }) => length)).toBe(0);
    expect(await visitor.page.$$eval('script', ({ length }) => length)).toBe(1);
    expect(visitor.complaints).toEqual([]);
  });

  test('runs no injected script', async () => {
    const { visitor } = await visited(1);
    await visitor.untilTitle('1/1 ready');
    const outcome = await visitor.page.evaluate(() => {
      const script = document.createElement('script');
      try {
        script.textContent = 'document.title = "broken into"';
        document.body.append(script);
        return document.title;
      } catch (error) {
        return (error as Error).name;
      }
    });
    expect(outcome).toBe('TypeError');
    await visitor.page.evaluate(() => document.body.append(document.createElement('img')));
    await visitor.page.evaluate(() => document.querySelector('img')?.setAttribute('src', '/metrics'));
    expect(visitor.complaints.join()).toMatch(/metrics.*Content Security Policy/);
  });

  test.each([360, 768, 1440])('fits into %i pixels, even with long words', async (width) => {
    const { visitor } = await visited(3, { WORDS: 'a'.repeat(300), DYNO: 'worker.'.repeat(20) });
    await visitor.page.setViewport({ width, height: 800 });
    await visitor.untilText('tbody .busy', 'a'.repeat(300));
    await visitor.untilText('#events span', 'worker.failed');
    expect(await visitor.overflow()).toBe(0);
  });

  test.each(['light', 'dark'])('has enough contrast in the %s color scheme', async (scheme) => {
    const { visitor } = await visited(3, { WORDS });
    await visitor.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await visitor.untilText('tbody .busy', WORDS);
    const { paper, texts } = await visitor.page.evaluate(contrasts);
    expect(paper < 0.5).toBe(scheme === 'dark');
    expect(texts.length).toBeGreaterThan(50);
    expect(texts.filter(({ contrast }) => contrast < 4.5)).toEqual([]);
  });

  test('has no animation if the user prefers reduced motion', async () => {
    const shown = await Shown.start(1);
    const visitor = await Visitor.come(browser);
    await shown.swarm.heard('waits');
    const animations = async (value: string) => {
      await visitor.page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value }]);
      return visitor.page.evaluate(() => document.getAnimations().length > 0);
    };
    await visitor.visit(shown.port);
    await visitor.untilTitle('0/1 ready');
    expect(await animations('no-preference')).toBe(true);
    expect(await animations('reduce')).toBe(false);
  });

  test('has a table that assistive technology recognizes, and that a click sorts', async () => {
    const { visitor } = await visited(3);
    await visitor.page.setViewport({ width: 1440, height: 800 });
    await visitor.untilTitle('3/3 ready');
    const found = (role: string) => visitor.page.$$(`::-p-aria([role="${role}"])`).then(({ length }) => length);
    expect(await found('table')).toBe(1);
    expect(await found('columnheader')).toBe(11);
    expect(await found('rowheader')).toBeGreaterThanOrEqual(3);
    expect(await visitor.page.$$('::-p-aria([role="status"])')).toHaveLength(1);
    const sorted = () => visitor.page.$$eval('[aria-sort]', (heads) => heads.map((head) => head.ariaSort));
    await visitor.page.click('th.slot button');
    expect(await visitor.texts('tbody .slot')).toEqual(['2', '1', '0']);
    expect(await sorted()).toEqual(['descending']);
    await visitor.page.focus('th.slot button');
    await visitor.page.keyboard.press('Enter');
    expect(await visitor.texts('tbody .slot')).toEqual(['0', '1', '2']);
    expect(await sorted()).toEqual(['ascending']);
  });
});
