import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** Checks that docs/messages.md has each warning and error of the source, and no others. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const document = readFileSync(`${ROOT}/docs/messages.md`, 'utf8');
const launcher = readFileSync(`${ROOT}/bin/swarm`, 'utf8');
const code = readdirSync(`${ROOT}/src`, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(`${ROOT}/src/${name}`, 'utf8'))
  .join('\n');

/** Turns source into the sentences that it prints: joins literals, and replaces expressions in them by `…`. */
function sentencesOf(source: string): string {
  return source
    .replace(/['"] \+\s*(?!['"`])[\w.()]+ \+\s*['"]/g, '…')
    .replace(/['"`]\s*\+\s*['"`]/g, '')
    .replace(/\$\{JSON\.stringify\([^}]*\)\}/g, '"…"')
    .replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '…');
}

/** Rows of the document that have a pattern. */
const rows = document
  .split('\n')
  .filter((line) => /^\| [`…]/.test(line))
  .map((line) => line.slice(2, -2).split(' | '));
/** Rows with an event, for log lines. */
const logged = rows.filter((cells) => cells.length === 4);
const refused = rows.filter((cells) => cells.length === 2);

/** The parts of each pattern between `…`. */
function patternsIn(cell = ''): string[][] {
  const patterns = [...cell.matchAll(/`([^`]+)`/g)].map(([, pattern = '']) => pattern);
  return patterns.map((pattern) => pattern.split('…').map((part) => part.trim()));
}

/** Whether a sentence contains these parts in order. */
function fits(parts: readonly string[], sentence: string): boolean {
  let from = 0;
  return parts.every((part) => {
    const at = sentence.indexOf(part, from);
    from = at + part.length;
    return at >= 0;
  });
}

/** Whether each part is in the source. Some sentences are composed of several literals. */
function isIn(source: string, cell = ''): boolean {
  return patternsIn(cell).every((parts) => parts.every((part) => source.includes(part)));
}

/** The arguments of each call that begins with the pattern. */
function argumentsOf(calls: RegExp, source: string): string[] {
  return [...source.matchAll(calls)].map(({ index, 0: call }) => {
    let depth = 1;
    let end = index + call.length;
    for (; depth > 0 && end < source.length; end++) depth += { '(': 1, ')': -1 }[source[end] ?? ''] ?? 0;
    const argument = source.slice(index + call.length, end - 1).trim();
    const constant = /^[A-Z_]+$/.test(argument) && new RegExp(`const ${argument} =\\s*([^;]*);`).exec(source)?.[1];
    return sentencesOf(constant || argument);
  });
}

const thrown = [
  ...argumentsOf(/new (?:Config|Usage|Application|NotRunning)Error\(/g, code),
  ...argumentsOf(/^ +refuse\(/gm, launcher),
].filter((sentence) => /[a-z]{3}/.test(sentence.replace(/…/g, '')));

describe('errors', () => {
  const patterns = refused.flatMap(([pattern]) => patternsIn(pattern));

  it('are found', () => {
    expect(thrown.length).toBeGreaterThan(30);
  });

  it.each(thrown)('has a row: %s', (sentence) => {
    expect(patterns.some((parts) => fits(parts, sentence))).toBe(true);
  });

  it('in the document are in the source', () => {
    const all = sentencesOf(`${code}\n${launcher}`);
    expect(refused.filter(([pattern]) => !isIn(all, pattern))).toEqual([]);
  });
});

describe('the log', () => {
  const events = new Set([
    ...found(/\bnotice\(\s*(?:'(?:warn|error)'|status === 0 \? 'info' : 'error'),\s*'([\w.]+)'/g),
    ...found(/\babout\(fleet, worker, (?:'(?:warn|error)'|expected \? level : 'warn'), '([\w.]+)'/g),
    ...found(/level(?:: '(?:warn|error)')?,\s*event: '([\w.]+)'/g),
    ...found(/const event = .* \? '([\w.]+)' : '[\w.]+'/g),
    ...found(/const event = .* \? '[\w.]+' : '([\w.]+)'/g),
  ]);

  it('has a row for each event that is a warning or an error, and for no other', () => {
    const named = new Set(logged.map(([event = '']) => event.replaceAll('`', '')));
    expect([...named].sort()).toEqual([...events].sort());
  });

  it('has the messages of its rows', () => {
    const all = sentencesOf(code);
    expect(logged.filter(([, pattern]) => !isIn(all, pattern))).toEqual([]);
  });
});

it('each row has a remedy', () => {
  expect(rows.filter((cells) => !/\w{2}/.test(cells.at(-1) ?? ''))).toEqual([]);
});

function found(pattern: RegExp): string[] {
  return [...code.matchAll(pattern)].map(([, event = '']) => event);
}
