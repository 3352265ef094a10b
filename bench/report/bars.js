import { compare, show } from './measures.js';

const ROW = 23;
const BAR = 14;
const TITLE = 30;
const LABELS = 168;
/** Space for the longest figure and its comparison, to the right of the longest bar. */
const FIGURES = 128;

/** The height of a panel with this many bars. */
export function heightOf(bars) {
  return TITLE + bars * ROW;
}

/**
 * Draws a panel: a bar for each contender, with its figure and the comparison with node:cluster.
 *
 * @param bars { name, style, value, ratio } of each; `value` is undefined if it was not measured
 */
export function panel({ title, unit, bars, x, y, width }) {
  const longest = Math.max(...bars.map(({ value = 0 }) => value));
  const rows = bars.map((bar, row) => {
    const length = bar.value === undefined ? 0 : Math.max(1, ((width - LABELS - FIGURES) * bar.value) / longest);
    return barOf({ ...bar, unit, length, y: TITLE + row * ROW });
  });
  return `<g transform="translate(${x} ${y})"><text y="12" class="title">${escaped(title)}</text>${rows.join('')}</g>`;
}

function barOf({ name, style, value, ratio, unit, length, y }) {
  const baseline = y + BAR - 3;
  const figure = value === undefined ? 'not measured' : show(value, unit);
  const comparison = ratio === undefined || ratio === 1 ? '' : compare(ratio, unit);
  return [
    `<text x="${LABELS - 8}" y="${baseline}" class="${style} name">${escaped(name)}</text>`,
    `<rect x="${LABELS}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" rx="2" class="${style}"/>`,
    `<text x="${(LABELS + length + 7).toFixed(1)}" y="${baseline}" class="${style}">${escaped(figure)}`,
    `<tspan dx="6" class="comparison">${escaped(comparison)}</tspan></text>`,
  ].join('');
}

export function escaped(text) {
  return String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
