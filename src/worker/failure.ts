import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import type { Failure } from '../protocol/messages.ts';

/** An error of the application in words, with all that Node would have printed of it. */
export function describeFailure(error: unknown, module: string): Pick<Failure, 'message' | 'stack'> {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : `it threw ${inspect(error)}`;
  return { message: `${message}${advice(error)}`, stack: syntaxErrorPlace(error, module) ?? inspect(error) };
}

/** Node says where an ES module has its syntax error only when it ends by it; the error itself does not know. */
function syntaxErrorPlace(error: unknown, module: string): string | undefined {
  if (!(error instanceof SyntaxError) || /\bfile:|^\//m.test(error.stack ?? '')) return undefined;
  // All imports are linked before the first of them runs, and that one leaves.
  const source = `import 'data:text/javascript,process.exit()'; import ${JSON.stringify(pathToFileURL(module).href)};`;
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', source], {
    encoding: 'utf8',
  });
  return status === 0 ? undefined : stderr.trim();
}

function advice(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  const isTypeScript = code === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[cm]?ts\b/.test(String(error));
  if (!isTypeScript) return '';
  return `. Node ${process.version} does not run TypeScript: use Node 22.18 or later, or NODE_OPTIONS="--import tsx"`;
}
