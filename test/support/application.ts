import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Load } from '../../src/mold/preload/load.ts';
import { temporaryDirectory } from './temporary.ts';

/** The files of an application by path: text, JSON, or `-> path` for a symbolic link to another one. */
export type Files = Record<string, string | object>;

/** Writes an application into a new directory. Returns its path. */
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

/** Empty packages in node_modules. */
export function packages(...names: string[]): Files {
  return Object.fromEntries(names.map((name) => [`node_modules/${name}/index.js`, '']));
}

/** Each load in one line: "require lodash/get = lodash: node_modules/lodash/get.js". */
export function summary(loads: readonly Load[], directory: string): string[] {
  return loads.map(({ name, specifier, how, url }) => {
    const path = url?.startsWith('file:') ? fileURLToPath(url).slice(directory.length + 1) : url;
    return [how, specifier, '=', name === specifier ? '' : `${name}: `, path].join(' ').replace(/ +/g, ' ');
  });
}
