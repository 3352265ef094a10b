import type { LoadTimeImport } from './load-time-imports.ts';

/** A call of `require` or `import` with the name of a module in it. */
const CALL = /\b(require|import)\s*\(\s*(["'`])([^"'`\n$]+)\2\s*[,)]/g;

export interface PossibleImport extends LoadTimeImport {
  /** Its place in the source. */
  readonly index: number;
}

/**
 * What a module may load in addition: on a condition, in a function, or by a dynamic import. Only running it would tell
 * whether and when.
 *
 * @param source CommonJS, an ES module or TypeScript: it is not parsed
 */
export function possibleImports(source: string): PossibleImport[] {
  const calls = [...source.matchAll(CALL)].filter(({ index }) => !isInComment(source, index));
  return calls.map(({ 1: call, 3: specifier = '', index }) => {
    return { specifier, how: call === 'import' ? 'import' : 'require', index };
  });
}

/** Judges by the beginning of its line. */
function isInComment(source: string, index: number): boolean {
  const line = source.slice(source.lastIndexOf('\n', index) + 1, index);
  return /^\s*(?:\*|\/\*)|\/\//.test(line);
}
