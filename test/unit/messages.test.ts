import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** docs/messages.md has each warning and error of the source, and no others. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const document = readFileSync(`${ROOT}/docs/messages.md`, 'utf8');
const launcher = readFileSync(`${ROOT}/bin/swarm`, 'utf8');
const code = readdirSync(`${ROOT}/src`, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(`${ROOT}/src/${name}`, 'utf8'))
  .join('\n');

/** Source as the sentences that it makes: literals are joined, and expressions in them are `…`. */
function sentencesOf(source: string): string {
  return source
    .replace(/['"] \+\s*(?!['"`])[\w.()]+ \+\s*['"]/g, '…')
    .replace(/['"`]\s*\+\s*['"`]/g, '')
    .replace(/\$\{JSON\.stringify\([^}]*\)\}/g, '"…"')
    .replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '…');
}

/** The patterns of the document, in the first cell that has one, with the row that each is in. */
const rows = document
  .split('\n')
  .filter((line) => /^\| [`…]/.test(line))
  .map((line) => line.slice(2, -2).split(' | '));
/** With an event: it is in the log. */
const logged = rows.filter((cells) => cells.length === 4);
const refused = rows.filter((cells) => cells.length === 2);

/** The parts between the `…` of each pattern. */
function patternsIn(cell = ''): string[][] {
  const patterns = [...cell.matchAll(/`([^`]+)`/g)].map(([, pattern = '']) => pattern);
  return patterns.map((pattern) => pattern.split('…').map((part) => part.trim()));
}

/** Whether they come one after the other. */
function fits(parts: readonly string[], sentence: string): boolean {
  let from = 0;
  return parts.every((part) => {
    const at = sentence.indexOf(part, from);
    from = at + part.length;
    return at >= 0;
  });
}

/** Whether each part is in the source: some sentences are made of several. */
function isIn(source: string, cell = ''): boolean {
  return patternsIn(cell).every((parts) => parts.every((part) => source.includes(part)));
}

/** What stands between the parentheses of each call that the pattern begins. */
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

  it('are many', () => {
    expect(thrown.length).toBeGreaterThan(30);
  });

  it.each(thrown)('has a row: %s', (sentence) => {
    expect(patterns.some((parts) => fits(parts, sentence))).toBe(true);
  });

  it('that have a row are in the source', () => {
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

  it('says what its rows show', () => {
    const all = sentencesOf(code);
    expect(logged.filter(([, pattern]) => !isIn(all, pattern))).toEqual([]);
  });
});

it('each row says what to do', () => {
  expect(rows.filter((cells) => !/\w{2}/.test(cells.at(-1) ?? ''))).toEqual([]);
});

function found(pattern: RegExp): string[] {
  return [...code.matchAll(pattern)].map(([, event = '']) => event);
}
