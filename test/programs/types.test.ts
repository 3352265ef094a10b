import { symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import * as api from '../../dist/index.js';
import { application } from '../support/application.ts';

// The types as an application sees them, under two major versions of TypeScript.

const ROOT = join(import.meta.dirname, '../..');
const PACKAGES = join(import.meta.dirname, 'node_modules');
/** Milliseconds. A compiler takes seconds, and minutes on a busy machine. */
const PATIENCE = 600_000;
const COMPILERS = { 'TypeScript 5': join(PACKAGES, '.bin/tsc'), 'TypeScript 7': join(ROOT, 'node_modules/.bin/tsc') };

const JOBS = `
import type { Context, Hook, WarmUp, WorkerInfo } from 'dyno-swarm';
import { drain, onFork, onQuiet, onStop, onWarmUp, quietSignal, stopSignal, worker } from 'dyno-swarm';

const hook: Hook = async () => { await null; };
const warmUp: WarmUp = (round) => round + 1;
onFork(hook); onQuiet(() => {}); onStop(hook); onWarmUp(warmUp);

export default function main(context: Context): number[] {
  const info: WorkerInfo = context.worker;
  const loop: Promise<string> = context.drain(Promise.resolve('done'));
  const server: { close(): void } = drain({ close() {} });
  context.onStop(() => Promise.all([loop, server]));
  const signals: AbortSignal[] = [quietSignal, stopSignal, context.quietSignal, context.stopSignal];
  return [worker.slot, info.index, info.count, signals.length];
}`;

/** Each statement has one error. */
const WRONG = `
import { drain, onStop, worker, type Context } from 'dyno-swarm';
export const index: string = worker.index;
onStop('later');
export const loop: Promise<number> = drain(Promise.resolve('done'));
export default ({ workers }: Context) => workers;`;

/** Values of `module` and `moduleResolution`, and the file extensions that they allow. */
const SETUPS: readonly [module: string, resolution: string, kinds: string[]][] = [
  ['node16', 'node16', ['ts', 'cts', 'mts']],
  ['nodenext', 'nodenext', ['ts', 'cts', 'mts']],
  ['esnext', 'bundler', ['ts', 'mts']],
];

/** The directory of an application that depends on swarm. */
async function project(): Promise<string> {
  const kinds = ['ts', 'cts', 'mts'];
  const directory = await application({
    'package.json': {},
    'node_modules/@types/placeholder/index.d.ts': '',
    ...Object.fromEntries(
      kinds.flatMap((kind) => [
        [`jobs.${kind}`, JOBS],
        [`wrong.${kind}`, WRONG],
      ]),
    ),
  });
  symlinkSync(ROOT, join(directory, 'node_modules/dyno-swarm'));
  symlinkSync(join(ROOT, 'node_modules/@types/node'), join(directory, 'node_modules/@types/node'));
  return directory;
}

/** The errors that the compiler reports, also in declaration files, one per line. */
async function errors(compiler: string, module: string, resolution: string, files: string[]): Promise<string[]> {
  const options = ['--strict', '--noEmit', '--target', 'es2022', '--types', 'node', '--pretty', 'false'];
  const setup = ['--module', module, '--moduleResolution', resolution];
  const cwd = await project();
  const { all } = await execa(compiler, [...options, ...setup, ...files], { cwd, reject: false, all: true });
  // An indented line continues the line before.
  return all.split('\n').filter((line) => /^\S/.test(line));
}

describe.each(Object.entries(COMPILERS))('under %s', (name, compiler) => {
  // TypeScript 7 no longer supports the resolution node10.
  const setups = name === 'TypeScript 5' ? [...SETUPS, ['commonjs', 'node10', ['ts', 'cts']] as const] : SETUPS;

  test.each(setups)(
    'the types are correct with module %s and resolution %s',
    async (module, resolution, kinds) => {
      const files = kinds.flatMap((kind) => [`jobs.${kind}`, `wrong.${kind}`]);
      const found = await errors(compiler, module, resolution, files);
      expect(found.filter((line) => !line.startsWith('wrong.'))).toEqual([]);
      const count = (code: string) => found.filter((line) => line.includes(`error ${code}:`)).length;
      // In each file: two values, one argument and one property.
      expect([count('TS2322'), count('TS2345'), count('TS2339')]).toEqual([2, 1, 1].map((each) => each * kinds.length));
    },
    PATIENCE,
  );
});

test(
  'an editor shows documentation for each function and each member of the context',
  async () => {
    const typescript = createRequire(join(PACKAGES, 'typescript/package.json'))('typescript');
    const directory = await project();
    const names = Object.keys(api);
    const source = (kind: string) => `import { ${names.join(', ')}, type Context } from 'dyno-swarm';
export default ({ worker: a, quietSignal: b, stopSignal: c, onFork: d, onQuiet: e, onStop: f, drain: g }: Context) =>
  [a.slot, a.index, a.count, a.generation, a.mode, b, c, d, e, f, g, '${kind}'];`;
    const files = ['hover.mts', 'hover.cts'].map((file) => join(directory, file));
    const host = {
      ...typescript.createCompilerHost({}),
      getCompilationSettings: () => ({ module: 199, moduleResolution: 99, strict: true, types: ['node'] }),
      getScriptFileNames: () => files,
      getScriptVersion: () => '1',
      getScriptSnapshot: (file: string) =>
        typescript.ScriptSnapshot.fromString(
          files.includes(file) ? source(file) : (typescript.sys.readFile(file) ?? ''),
        ),
      getCurrentDirectory: () => directory,
      getDefaultLibFileName: typescript.getDefaultLibFilePath,
    };
    const service = typescript.createLanguageService(host);
    const silent = files.flatMap((file) => {
      const text = source(file);
      const places = [
        ...names.map((name) => text.indexOf(name)),
        ...[...text.matchAll(/\w+(?=: \w[,\s])|(?<=a\.)\w+/g)].map(({ index }) => index),
      ];
      const info = places.map((place) => ({
        at: text.slice(place, place + 10),
        ...service.getQuickInfoAtPosition(file, place),
      }));
      return info.filter(({ documentation }) => !documentation?.length).map(({ at }) => `${file} ${at}`);
    });
    expect(silent).toEqual([]);
  },
  PATIENCE,
);
