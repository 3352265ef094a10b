import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { onTestFinished } from 'vitest';
import { PATIENCE } from '../support/processes.ts';

const CHROMIUM = '/usr/bin/chromium';

/** Opens a headless browser for all tests of a file, because it takes seconds to start. */
export function openBrowser(): Promise<Browser> {
  // Chromium's sandbox does not work for root.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return puppeteer.launch({ executablePath: CHROMIUM, args, pipe: true, protocolTimeout: PATIENCE });
}

/** A visit to a page, with the browser's complaints during that visit. */
export class Visitor {
  readonly page: Page;
  /** Errors and warnings of the script, policy violations, and everything else on the console. */
  readonly complaints: string[] = [];
  /** The paths of all requests. */
  readonly requests: string[] = [];

  static async come(browser: Browser): Promise<Visitor> {
    // In a context of its own, the page is in front, and so not hidden.
    const context = await browser.createBrowserContext();
    onTestFinished(() => context.close());
    return new Visitor(await context.newPage());
  }

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE);
    page.on('console', (message) => this.complaints.push(message.text()));
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('dialog', (dialog) => this.complaints.push(`dialog: ${dialog.message()}`));
    page.on('request', (request) => this.requests.push(request.url().replace(/^http:\/\/[^/]+/, '')));
  }

  /**
   * Stops time for the script: its timers fire only on `elapse()`. The page is visible or hidden as set with
   * `setHidden()`.
   */
  async holdTime(): Promise<void> {
    await this.page.evaluateOnNewDocument(() => {
      const later = new Map<number, () => void>();
      let last = 0;
      let isHidden = false;
      Object.defineProperty(document, 'hidden', { get: () => isHidden });
      Object.assign(globalThis, {
        setTimeout: (task: () => void) => later.set(++last, task) && last,
        clearTimeout: (id: number) => later.delete(id),
        elapse() {
          const tasks = [...later.values()];
          later.clear();
          for (const task of tasks) task();
          return tasks.length > 0;
        },
        setHidden(hidden: boolean) {
          isHidden = hidden;
          document.dispatchEvent(new Event('visibilitychange'));
        },
      });
    });
  }

  /** Fires all timers. @returns whether there were any */
  elapse(): Promise<boolean> {
    return this.page.evaluate('elapse()') as Promise<boolean>;
  }

  setHidden(hidden: boolean): Promise<void> {
    return this.page.evaluate(`setHidden(${hidden})`) as Promise<void>;
  }

  async visit(port: number): Promise<void> {
    await this.page.goto(`http://127.0.0.1:${port}/`);
  }

  /** Waits until the title of the tab begins with this. */
  async untilTitle(beginning: string): Promise<void> {
    await this.page.waitForFunction((text) => document.title.startsWith(text), {}, beginning);
  }

  /** Waits until an element has this text. */
  async untilText(selector: string, text: string): Promise<void> {
    const isThere = (where: string, what: string) =>
      [...document.querySelectorAll(where)].some(({ textContent }) => textContent === what);
    await this.page.waitForFunction(isThere, {}, selector, text);
  }

  texts(selector: string): Promise<string[]> {
    return this.page.$$eval(selector, (elements) => elements.map(({ textContent }) => textContent ?? ''));
  }

  /** Returns how much wider the content is than the page, in CSS pixels. */
  overflow(): Promise<number> {
    return this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  }
}
