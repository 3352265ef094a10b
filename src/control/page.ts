import { readFile } from 'node:fs/promises';
import type { Answer } from './http.ts';

/** The output of src/page/build.js. */
const FILE = new URL('../page/page.html', import.meta.url);

/**
 * Answers `GET /`: a page that polls `GET /status` and shows the result. The Content-Security-Policy allows only the
 * style and the script in the file, no other resources, and no HTML made from text that workers sent.
 *
 * @throws if swarm's own files are gone
 */
export async function takePage(file = FILE): Promise<Answer> {
  const body = await readFile(file, 'utf8');
  return {
    code: 200,
    type: 'text/html; charset=utf-8',
    body,
    headers: { 'Content-Security-Policy': await policy(body) },
  };
}

async function policy(page: string): Promise<string> {
  const directives = {
    'default-src': "'none'",
    'style-src': await hashOf(page, 'style'),
    'script-src': await hashOf(page, 'script'),
    'connect-src': "'self'",
    // For the icon.
    'img-src': 'data:',
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    // innerHTML and similar sinks throw, so the page can insert only text.
    'require-trusted-types-for': "'script'",
    'trusted-types': "'none'",
  };
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}

/** Returns the CSP hash of the content of the only element with this name. */
async function hashOf(page: string, element: 'style' | 'script'): Promise<string> {
  // Imported at the first request, because it costs the supervisor memory.
  const { createHash } = await import('node:crypto');
  const [, content = ''] = new RegExp(`<${element}\\b[^>]*>([\\s\\S]*?)</${element}>`).exec(page) ?? [];
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
}
