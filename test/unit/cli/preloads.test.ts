import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';

type Given = { nodeOptions?: string | undefined; execArgv: string[] };

interface Described {
  preloads: { option: string; module: string }[];
  mold: Given;
  supervisor: Given;
}

const { describe: read, split } = createRequire(import.meta.url)('../../../bin/preloads.js') as {
  describe(given: Given): Described;
  split(text: string): string[];
};

function modules(nodeOptions: string | undefined, ...execArgv: string[]): string[] {
  return read({ nodeOptions, execArgv }).preloads.map(({ option, module }) => `${option} ${module}`);
}

describe('NODE_OPTIONS', () => {
  it.each([
    ['', []],
    ['  --a   b ', ['--a', 'b']],
    ['--require "./my file.js"', ['--require', './my file.js']],
    ['--require="./my file.js" -r x', ['--require=./my file.js', '-r', 'x']],
    [String.raw`-r "a\"b\\c" d\e`, ['-r', String.raw`a"b\c`, String.raw`d\e`]],
    ['-r ""', ['-r']],
  ])('is split as in Node: %s', (text, args) => {
    expect(split(text)).toEqual(args);
  });
});

describe('preloads', () => {
  it.each([['-r a'], ['--require a'], ['--require=a'], ['--require "a"']])('are found in %s', (text) => {
    expect(modules(text)).toEqual(['require a']);
    expect(modules(undefined, ...split(text))).toEqual(['require a']);
  });

  it("are in Node's order: the environment before the command line, and --require before --import", () => {
    const found = modules('--import b -r a', '--import=d', '-r', 'c', '-r', String.raw`\-odd`);
    expect(found).toEqual(['require a', 'require c', 'require -odd', 'import b', 'import d']);
  });

  it('are removed, and everything else stays unchanged', () => {
    const execArgv = ['-C', 'mine', '-r', 'c', '--stack-trace-limit=5', '--', '--loader=x'];
    const { mold, supervisor } = read({
      nodeOptions: '--title "a b" --import=b --no-warnings --experimental_loader l',
      execArgv,
    });
    expect(mold).toEqual({
      nodeOptions: '--title "a b" --no-warnings --experimental_loader l',
      execArgv: ['-C', 'mine', '--stack-trace-limit=5', '--', '--loader=x'],
    });
    expect(supervisor).toEqual({
      nodeOptions: '--title "a b" --no-warnings',
      execArgv: ['-C', 'mine', '--stack-trace-limit=5', '--'],
    });
  });

  it('do not include options that only look similar', () => {
    const given = { nodeOptions: '--require-module --title=-r  --imports ', execArgv: ['--trace-require-module'] };
    expect(read(given)).toEqual({ preloads: [], mold: given, supervisor: given });
    const none = { nodeOptions: undefined, execArgv: [] };
    expect(read(none)).toEqual({ preloads: [], mold: none, supervisor: none });
  });

  it('do not include the loader with which Yarn finds packages', () => {
    const given = { nodeOptions: '-r /app/.pnp.cjs --loader file:///app/.pnp.loader.mjs', execArgv: [] };
    expect(read(given)).toEqual({ preloads: [], mold: given, supervisor: given });
    expect(modules('-r /app/.pnp.cjs -r newrelic')).toEqual(['require newrelic']);
  });
});
