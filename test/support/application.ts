import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Load } from '../../src/mold/preload/load.ts';
import { temporaryDirectory } from './temporary.ts';

/** The files of an application by their paths: text, JSON, or with `-> path` a link to another of them. */
export type Files = Record<string, string | object>;

/** Writes an application into a directory of its own, and returns that. */
export async function application(files: Files): Promise<string> {
  const directory = await temporaryDirectory();
  for (const [path, content] of Object.entries(files)) {
    const absolute = join(directory, path);
    mkdirSync(dirname(absolute), { recursive: true });
    const target = typeof content === 'string' ? /^-> (.*)$/.exec(content)?.[1] : undefined;
    if (target !== undefined) symlinkSync(join(directory, target), absolute);
    else writeFileSync(absolute, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return directory;
}

/** A package without dependencies, in node_modules. */
export function packages(...names: string[]): Files {
  return Object.fromEntries(names.map((name) => [`node_modules/${name}/index.js`, '']));
}

/** Each as "import pg" or "require lodash/get -> lodash get.js", where the second is what it stands for, if that is not obvious. */
export function summary(loads: readonly Load[], directory: string): string[] {
  return loads.map(({ name, specifier, how, url }) => {
    const path = url?.startsWith('file:') ? fileURLToPath(url).slice(directory.length + 1) : url;
    return [how, specifier, '=', name === specifier ? '' : `${name}: `, path].join(' ').replace(/ +/g, ' ');
  });
}
