import { readFile } from 'node:fs/promises';
import type { Answer } from './http.ts';

/** Made by src/page/build.js. */
const FILE = new URL('../page/page.html', import.meta.url);

/**
 * What `GET /` answers: a page that shows what `GET /status` says, again and again. The browser runs only the style and
 * the script in the file, loads nothing else, and treats a worker's words as text.
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
    // The icon.
    'img-src': 'data:',
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    // Only text gets into the page: innerHTML and similar sinks are errors.
    'require-trusted-types-for': "'script'",
    'trusted-types': "'none'",
  };
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}

/** Of the content of the one element with this name, as CSP has it. */
async function hashOf(page: string, element: 'style' | 'script'): Promise<string> {
  // Loaded at the first request: it costs the supervisor memory.
  const { createHash } = await import('node:crypto');
  const [, content = ''] = new RegExp(`<${element}\\b[^>]*>([\\s\\S]*?)</${element}>`).exec(page) ?? [];
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
}
