// Finds Node's own tests, and the flags and environment that each of them wants.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** As in Node's tools/test.py. */
const TEST = /^test-.*\.m?js$/;
const FLAGS = /\/\/\s+Flags:(.*)/;
const ENVIRONMENT = /\/\/\s+Env:(.*)/;

/** @typedef {{ name: string, path: string, flags: string[], env: Record<string, string> }} Test */

/**
 * @param {string} source the directory of Node's source
 * @param {string} suite `parallel`, `es-module`, …
 * @param {string[]} filters parts of names; empty for all tests
 * @returns {Test[]}
 */
export function findTests(source, suite, filters) {
  const directory = join(source, 'test', suite);
  return readdirSync(directory)
    .filter((file) => TEST.test(file) && (filters.length === 0 || filters.some((part) => file.includes(part))))
    .sort()
    .map((file) => {
      const text = readFileSync(join(directory, file), 'utf8');
      return {
        name: `${suite}/${basename(file)}`,
        path: join(directory, file),
        flags: words(FLAGS.exec(text)?.[1]),
        env: Object.fromEntries(words(ENVIRONMENT.exec(text)?.[1]).map((pair) => pair.split('='))),
      };
    });
}

function words(text = '') {
  return text.split(/\s+/).filter(Boolean);
}
