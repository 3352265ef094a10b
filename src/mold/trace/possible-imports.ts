import type { LoadTimeImport } from './load-time-imports.ts';

/** A call of `require` or `import` with a literal module name. */
const CALL = /\b(require|import)\s*\(\s*(["'`])([^"'`\n$]+)\2\s*[,)]/g;

export interface PossibleImport extends LoadTimeImport {
  /** Offset of the call in the source. */
  readonly index: number;
}

/**
 * Returns what a module may load at any time: under a condition, in a function, or by a dynamic import. Only running
 * the module would show whether and when.
 *
 * @param source CommonJS, an ES module or TypeScript; it is not parsed
 */
export function possibleImports(source: string): PossibleImport[] {
  const calls = [...source.matchAll(CALL)].filter(({ index }) => !isInComment(source, index));
  return calls.map(({ 1: call, 3: specifier = '', index }) => {
    return { specifier, how: call === 'import' ? 'import' : 'require', index };
  });
}

/** Whether a call is in a comment, judging by the beginning of its line. */
function isInComment(source: string, index: number): boolean {
  const line = source.slice(source.lastIndexOf('\n', index) + 1, index);
  return /^\s*(?:\*|\/\*)|\/\//.test(line);
}
