import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { takePage } from '../../../src/control/page.ts';
import { buildPage } from '../../../src/page/build.js';
import { temporaryDirectory } from '../../support/temporary.ts';

/** Builds the page. Returns the answer with it, and the contents of its style and script elements. */
async function built() {
  const file = join(await temporaryDirectory(), 'page.html');
  await writeFile(file, await buildPage());
  const answer = await takePage(pathToFileURL(file));
  const contents = (name: string) =>
    [...answer.body.matchAll(new RegExp(`<${name}\\b[^>]*>([\\s\\S]*?)</${name}>`, 'g'))].map(
      ([, content = '']) => content,
    );
  return { answer, styles: contents('style'), scripts: contents('script') };
}

it('the page can use only its one style and its one script, and can load only the status', async () => {
  const { answer, styles, scripts } = await built();
  const hashes = [styles, scripts].map(([content = '']) => createHash('sha256').update(content).digest('base64'));
  expect([styles.length, scripts.length]).toEqual([1, 1]);
  expect(answer).toMatchObject({ code: 200, type: 'text/html; charset=utf-8' });
  expect(answer.headers?.['Content-Security-Policy']?.split('; ')).toEqual([
    "default-src 'none'",
    `style-src 'sha256-${hashes[0]}'`,
    `script-src 'sha256-${hashes[1]}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ]);
});

it('the page refers to no other site, and contains nothing that the policy forbids', async () => {
  const { answer, scripts } = await built();
  const markup = answer.body.replace(/<(style|script)\b[\s\S]*?<\/\1>/g, '');
  const links = [...markup.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, target]) => target);
  expect(new Set(links)).toEqual(new Set(['data:,', 'status', 'metrics', '#happened']));
  expect(markup).not.toMatch(/\s(style|on\w+)=/);
  expect(scripts[0]).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function/);
});

it('a missing page file is an error', async () => {
  const gone = pathToFileURL(join(await temporaryDirectory(), 'page.html'));
  await expect(takePage(gone)).rejects.toThrow('ENOENT');
});
