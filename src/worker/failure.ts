import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { adviseOnMissing } from '../loading/not-installed.ts';
import type { Failure } from '../protocol/messages.ts';

/** Describes the application's error, including everything that Node would have printed. */
export function toFailure(error: unknown, module: string): Pick<Failure, 'message' | 'stack'> {
  const message = error instanceof Error ? `${error.name}: ${words(error)}` : `it threw ${inspect(error)}`;
  return { message: `${message}${advice(error, module)}`, stack: syntaxErrorPlace(error, module) ?? inspect(error) };
}

/** A SyntaxError of an ES module does not contain its location. Node prints it only when the error ends the process. */
function syntaxErrorPlace(error: unknown, module: string): string | undefined {
  if (!(error instanceof SyntaxError) || /\bfile:|^\//m.test(error.stack ?? '')) return undefined;
  // Node parses and links all imports before the first one runs, and the first one exits: the module never runs.
  const source = `import 'data:text/javascript,process.exit()'; import ${JSON.stringify(pathToFileURL(module).href)};`;
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', source], {
    encoding: 'utf8',
  });
  return status === 0 ? undefined : stderr.trim();
}

/** Omits the "Require stack" that Node appends to the message: the stack already contains it. */
function words({ message }: Error): string {
  return message.replace(/\nRequire stack:[\s\S]*/, '');
}

function advice(error: unknown, module: string): string {
  const { code, requireStack } = (error ?? {}) as { code?: unknown; requireStack?: readonly string[] };
  const text = String(error);
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[cm]?ts\b/.test(text)) {
    return `. Node ${process.version} does not run TypeScript: use Node 22.18 or later, or NODE_OPTIONS="--import tsx"`;
  }
  if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_MODULE_NOT_FOUND') return '';
  const [, name = '', from = requireStack?.[0] ?? module] =
    /Cannot find (?:module|package) '([^'\n]+)'(?: imported from (.+))?/.exec(text) ?? [];
  const remedy = adviseOnMissing(name, from);
  return remedy === undefined ? '' : `. ${remedy}`;
}
