import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import type { Failure } from '../protocol/messages.ts';

/** The application's error in words, with all that Node would have printed. */
export function toFailure(error: unknown, module: string): Pick<Failure, 'message' | 'stack'> {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : `it threw ${inspect(error)}`;
  return { message: `${message}${advice(error)}`, stack: syntaxErrorPlace(error, module) ?? inspect(error) };
}

/** The error does not know where an ES module has its syntax error. Node says so only when it ends because of it. */
function syntaxErrorPlace(error: unknown, module: string): string | undefined {
  if (!(error instanceof SyntaxError) || /\bfile:|^\//m.test(error.stack ?? '')) return undefined;
  // Node links all imports before the first one runs, and the first one exits.
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
