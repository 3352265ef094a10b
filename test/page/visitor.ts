import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { onTestFinished } from 'vitest';
import { PATIENCE } from '../support/processes.ts';

const CHROMIUM = '/usr/bin/chromium';

/** A browser without windows, for all tests of a file: it takes seconds to start. */
export function openBrowser(): Promise<Browser> {
  // The sandbox of Chromium does not work for root.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return puppeteer.launch({ executablePath: CHROMIUM, args, pipe: true, protocolTimeout: PATIENCE });
}

/** A visitor of a page, and the browser's complaints during the visit. */
export class Visitor {
  readonly page: Page;
  /** Errors and warnings of the script, violations of the policy, and everything else on the console. */
  readonly complaints: string[] = [];
  /** What was asked for, by path. */
  readonly requests: string[] = [];

  static async come(browser: Browser): Promise<Visitor> {
    // One that is in front of others is not hidden.
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
   * Time stands still for the script from now on: what it wants to do later is done when the page is told to `elapse()`. The
   * page is in view, or not, as `setHidden()` says.
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

  /** @returns whether there was anything to be done later */
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

  /** How much wider what is on the page is than the page, CSS pixels. */
  overflow(): Promise<number> {
    return this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  }
}
