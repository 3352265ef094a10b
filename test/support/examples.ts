import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A fenced code block in a document. */
export interface Example {
  /** File and line of the opening fence: "docs/web.md:10". */
  readonly place: string;
  readonly language: string;
  readonly code: string;
}

/** README.md and docs/*.md, with their text. */
export const guides = ['README.md', ...readdirSync(`${ROOT}/docs`).map((name) => `docs/${name}`)]
  .filter((path) => path.endsWith('.md'))
  .map((path) => ({ path, text: readFileSync(`${ROOT}/${path}`, 'utf8') }));

export const examples: readonly Example[] = guides.flatMap(({ path, text }) =>
  [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(({ 1: language = '', 2: code = '', index }) => {
    return { place: `${path}:${text.slice(0, index).split('\n').length}`, language, code };
  }),
);

export const programs = examples.filter(({ language }) => language === 'js');
