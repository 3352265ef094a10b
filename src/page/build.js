// Builds the page as a single file that contains its style and its script: node build.js DIRECTORY
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

/** @returns {Promise<string>} */
export async function buildPage() {
  const page = await read('page.html');
  const styled = inline(page, '<link rel="stylesheet" href="page.css">', 'style', await read('page.css'));
  return inline(styled, '<script type="module" src="main.ts"></script>', 'script type="module"', await bundle());
}

/** Bundles the script and everything that it imports into one module. */
async function bundle() {
  const script = await rolldown({ input: join(import.meta.dirname, 'main.ts') });
  const { output } = await script.generate({ format: 'esm', comments: false });
  return output[0].code;
}

function inline(page, reference, tag, content) {
  const end = `</${tag.split(' ')[0]}>`;
  if (!page.includes(reference)) throw new Error(`page.html lacks ${reference}`);
  if (content.includes(end)) throw new Error(`the content of <${tag}> contains ${end}`);
  return page.replace(reference, () => `<${tag}>\n${content}${end}`);
}

function read(name) {
  return readFile(join(import.meta.dirname, name), 'utf8');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [directory = '.'] = process.argv.slice(2);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'page.html'), await buildPage());
}
