import { escaped } from '../report/bars.js';

/** The size of a character, in units of the picture. */
const WIDTH = 7.8;
const HEIGHT = 17;
const MARGIN = 18;
const COLUMNS = 80;

/** Terminal colors by their number in an escape sequence. */
const COLORS = { 31: '#ff7b72', 32: '#56d364', 33: '#e3b341', 36: '#76e3ea' };
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const ESCAPE = /(\x1b\[[\d;]*m)/;
const BOLD = '1';
const DIM = '2';

/**
 * Draws a terminal screen as an SVG.
 *
 * @param screen its lines, with escape sequences for colors
 * @param title what was typed there
 */
export function drawScreen(screen, title) {
  const lines = screen.trimEnd().split('\n');
  const width = COLUMNS * WIDTH + 2 * MARGIN;
  const height = (lines.length + 1.5) * HEIGHT + 2 * MARGIN;
  const rows = lines.map((line, row) => textOf(spansOf(line), row + 2.5));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>
  text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #d1d7e0; white-space: pre }
</style>
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
${[textOf([{ text: title, style: 'fill="#9198a1"' }], 1), ...rows].join('\n')}
</svg>
`;
}

function textOf(spans, row) {
  let column = 0;
  const parts = spans.map(({ text, style }) => {
    const x = (MARGIN + column * WIDTH).toFixed(1);
    column += text.length;
    const length = (text.length * WIDTH).toFixed(1);
    return `<tspan x="${x}" textLength="${length}" ${style}>${escaped(text)}</tspan>`;
  });
  return `<text xml:space="preserve" y="${(MARGIN + row * HEIGHT - 4).toFixed(1)}">${parts.join('')}</text>`;
}

/** Splits a line into spans of one style, and at runs of spaces, which SVG would collapse at the ends of a span. */
function spansOf(line) {
  const spans = [];
  let style = '';
  for (const part of line.split(ESCAPE)) {
    const codes = part.startsWith('\x1b') ? part.slice(2, -1) : undefined;
    if (codes === undefined) spans.push(...part.split(/( {2,})/).map((text) => ({ text, style })));
    else style = styleOf(codes.split(';'));
  }
  return spans.filter(({ text }) => text !== '');
}

function styleOf(codes) {
  const color = codes.map((code) => COLORS[code]).find(Boolean);
  return [
    color && `fill="${color}"`,
    codes.includes(BOLD) && 'font-weight="600"',
    codes.includes(DIM) && 'opacity="0.6"',
  ]
    .filter(Boolean)
    .join(' ');
}
