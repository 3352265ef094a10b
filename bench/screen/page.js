// Takes docs/page.webp with Debian's Chromium: the page of a busy swarm of 16, light and wide, and dark on a phone.
import { setTimeout as sleep } from 'node:timers/promises';
import puppeteer from 'puppeteer-core';
import { runBusy } from './busy.js';

const PICTURE = new URL('../../docs/page.webp', import.meta.url).pathname;
const PORT = 9394;
const WIDE = { width: 1200, height: 1090, deviceScaleFactor: 2 };
const NARROW = { width: 360, height: 780, deviceScaleFactor: 2 };
/** Milliseconds before the screenshot, so that the charts, which show five minutes, are nearly full. */
const LOOK = 240_000;

await runBusy(
  'forked',
  { SWARM_PRELOAD_APP: '1', SWARM_LISTEN: `127.0.0.1:${PORT}`, SWARM_MEMORY_MB: '2560', DYNO: 'worker.1' },
  take,
);

async function take() {
  const browser = await puppeteer.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'], pipe: true });
  try {
    const [wide, narrow] = [await open(browser, WIDE, 'light'), await open(browser, NARROW, 'dark')];
    await sleep(LOOK);
    const pictures = [await wide.screenshot({ encoding: 'base64' }), await narrow.screenshot({ encoding: 'base64' })];
    await compose(browser, pictures);
  } finally {
    await browser.close();
  }
}

/** Opens the page in a separate window, so that no other one hides it. */
async function open(browser, viewport, scheme) {
  const page = await (await browser.createBrowserContext()).newPage();
  await page.setViewport(viewport);
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.goto(`http://127.0.0.1:${PORT}/`);
  return page;
}

/** Places the phone at the lower right of the wide screen, over its edge. */
async function compose(browser, [wide, narrow]) {
  const page = await browser.newPage();
  await page.setViewport({ width: WIDE.width + NARROW.width - 50, height: WIDE.height + 40, deviceScaleFactor: 1.25 });
  await page.setContent(`<!doctype html>
    <style>
      body { margin: 0; background: transparent }
      img { position: absolute; border-radius: 10px; box-shadow: 0 0 0 1px #8884, 0 8px 30px #0003 }
      .wide { left: 20px; top: 20px; width: ${WIDE.width}px }
      .narrow { right: 20px; bottom: 20px; width: ${NARROW.width}px; border-radius: 24px }
    </style>
    <img class="wide" src="data:image/png;base64,${wide}"><img class="narrow" src="data:image/png;base64,${narrow}">`);
  await page.screenshot({ path: PICTURE, type: 'webp', quality: 80, omitBackground: true });
}
