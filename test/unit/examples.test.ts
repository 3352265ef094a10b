import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it, vi } from 'vitest';
import { parseCommandLine } from '../../src/cli/program.ts';
import { application } from '../support/application.ts';
import { examples, guides, programs } from '../support/examples.ts';
import { parseYaml } from '../support/manifests.ts';

/** Checks that the code in the README and the docs works as printed. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Files of the reader's application that examples import. */
const READERS_FILES = {
  'app.js': 'export const app = { listen(/** @type {string | undefined} */ port) { void port; } };',
  'mail.js': `export const connection = { host: 'localhost' };
export async function deliver() {}
export async function migrate() {}`,
};

/** Not installed here: the tests of test/queues run the libraries themselves. */
const PACKAGES = ['bullmq', 'ioredis', 'throng', 'socket.io-client'];

/** Gives a default export the type of its argument. */
const CONTEXT = "/** @type {(context: import('dyno-swarm').Context) => any} */\nexport default $1function (";

it("JavaScript compiles with swarm's types", { timeout: 300_000 }, async () => {
  expect(programs.length).toBeGreaterThan(10);
  const options = { strict: true, noImplicitAny: false, allowJs: true, checkJs: true, noEmit: true, target: 'es2023' };
  const files = programs.map(({ place, code }): [string, string] => [
    // CommonJS is recognized by its exports.
    place.replace(/\W+/g, '-').concat(/^module\.exports/m.test(code) ? '.cjs' : '.js'),
    code.replace(/^export default (async )?function \(/m, CONTEXT),
  ]);
  const directory = await application({
    'package.json': { type: 'module' },
    'tsconfig.json': { compilerOptions: { ...options, module: 'nodenext', types: ['node'] } },
    'packages.d.ts': PACKAGES.map((name) => `declare module '${name}';`).join('\n'),
    'node_modules/placeholder.txt': '',
    ...READERS_FILES,
    ...Object.fromEntries(files),
  });
  symlinkSync(ROOT, join(directory, 'node_modules/dyno-swarm'));
  symlinkSync(join(ROOT, 'node_modules/@types'), join(directory, 'node_modules/@types'));
  const compiler = join(ROOT, 'node_modules/.bin/tsc');
  const { stdout } = await execa(compiler, ['--pretty', 'false'], { cwd: directory, reject: false });
  expect(stdout.split('\n').filter((line) => line !== '')).toEqual([]);
});

describe('data', () => {
  const READERS: Record<string, (text: string) => unknown> = {
    json: JSON.parse,
    yaml: parseYaml,
    // Sections, `key = value`, comments and blank lines.
    toml: (text) => everyLine(text, /^(#.*|\[{1,2}[\w."-]+\]{1,2}|[\w"-]+ = .+|)$/),
    ini: (text) => everyLine(text, /^([#;].*|\[\w+\]|\w+=.*|)$/),
    dockerfile: (text) => everyLine(text, /^(#.*|[A-Z]+ .+|\s+.+|)$/),
    hcl: (text) => everyLine(text, /^\s*(#.*|\w+( "[^"]*")* *(=.+|\{.*)|\}|\]|)$/),
    '': () => undefined,
  };

  it.each(examples.filter(({ language }) => language !== 'js'))(
    '$language in $place can be parsed',
    ({ language, code }) => {
      const read = READERS[language];
      expect(read, `no reader of ${language}`).toBeDefined();
      expect(() => read?.(code)).not.toThrow();
    },
  );
});

function everyLine(text: string, pattern: RegExp): void {
  const wrong = text.split('\n').filter((line) => !pattern.test(line));
  if (wrong.length > 0) throw new Error(`cannot be parsed: ${wrong.join(' ⏎ ')}`);
}

/** `COUNT=2 exec swarm …`, as in a shell, a Procfile or the `exec` form of Docker. */
const COMMAND = /^(?:\$ )?(?:\w+: )?(?:\w+=\S* )*(?:exec |npx |systemd-run )?(?:[\w./-]*\/)?swarm((?: .*)?)$/;

/** Commands in the documents: indented lines, and code in backticks. */
const commands = guides.flatMap(({ path, text }) => {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '');
  const lines = [...prose.matchAll(/^ {4,}(.*)$/gm)].map(([, line = '']) => line.split(/ {2,}| #/)[0] ?? '');
  const inline = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...lines, ...inline].flatMap((code) => {
    const [command = ''] = code.split(/ (?:&&|\|\|) /);
    const rest = COMMAND.exec(command)?.[1];
    // A command with an ellipsis cannot be tried.
    return rest === undefined || /…|\.\.\./.test(rest) ? [] : alternatives(rest).map((line) => ({ path, line }));
  });
});

/** "plan [--json]" is "plan --json"; "status [--json] | top" is two. */
function alternatives(usage: string): string[] {
  const bare = usage.replace(/\[anything else\]|\[arguments\]/g, '-q mail').replace(/[[\]]/g, '');
  const [first = '', ...others] = bare.split(' | ');
  const subcommand = /^ scale/.test(first) ? ' scale ' : ' ';
  return [first, ...others.map((other) => subcommand + other)].map((line) => line.trim());
}

/** Output of swarm, and mistakes that documents show. */
const NO_COMMAND = /^(|boot: .*|would run .*|0\..*|\(supervisor\)|scale|\.\/jobs\.js)$/;

describe('swarm accepts', () => {
  it('commands of every kind', () => {
    const words = new Set(commands.map(({ line }) => line.split(' ')[0]));
    expect([...words]).toEqual(
      expect.arrayContaining(['-r', 'plan', 'doctor', 'status', 'top', 'scale', 'stop', 'ls']),
    );
  });

  it.each(commands.filter(({ line }) => !NO_COMMAND.test(line)))('$path: swarm $line', async ({ line }) => {
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    await expect(parseCommandLine(line.split(/\s+/))).resolves.toBeDefined();
  });
});
