import { MEASURES, show } from './measures.js';

/** Formats a row for each measure and a column for each contender: the figure, and its ratio to node:cluster's. */
export function table({ contenders }) {
  const measured = Object.values(contenders).filter(({ medians }) => medians);
  const rows = [['', ...measured.flatMap(({ name }) => [name, ''])]];
  for (const { name, title, unit } of MEASURES) {
    if (!measured.some(({ medians }) => name in medians)) continue;
    rows.push([title, ...measured.flatMap(({ medians, ratios }) => cells(medians[name], ratios?.[name], unit))]);
  }
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column], column))
      .join('')
      .trimEnd(),
  );
  const failures = Object.values(contenders)
    .filter(({ failure }) => failure)
    .map(({ name, failure }) => `${name} was not measured: it ${failure.message}`);
  return [...lines, ...failures].join('\n');
}

function cells(value, ratio, unit) {
  return [value === undefined ? '-' : show(value, unit), ratio === undefined ? '' : `×${ratio.toFixed(2)}`];
}

/** Aligns titles left and figures right, with each ratio next to its figure. */
function pad(cell, width, column) {
  if (column === 0) return cell.padEnd(width);
  return (column % 2 === 1 ? '   ' : ' ') + cell.padStart(width);
}
